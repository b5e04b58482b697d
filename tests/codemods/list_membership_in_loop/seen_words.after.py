def unique(words):
    seen = set()
    found = []
    for word in words:
        if word not in seen:  # a comment stays
            seen.add(word)
            found.append(word)
    return found


CALLS = ["unique([])", "unique(['a', 'b', 'a', ''])", "unique([1, 1.0, True, 2])", "unique('banana')", "unique(None)"]
