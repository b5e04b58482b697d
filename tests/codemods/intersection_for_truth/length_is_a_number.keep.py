def shared(words, others):
    known, given = set(words), set(others)
    return [
        len(set(words) & set(others)),
        len(set(words) & set(others)) > 1,
        len(set(words) & set(others)) >= 0,
        1 < len(set(words) & set(others)),
        1 >= len(set(words) & set(others)),
        0 < len(set(words) & set(others)) < 3,
        len(set(words) & set(others)) == known,
        len(set(words) & set(others)) + 1 > 0,
        len(len(set(words) & set(others))) if given else 0,
    ]
