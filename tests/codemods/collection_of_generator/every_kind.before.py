def kinds(words):
    rows = list(word.upper() for word in words if word)
    unique = set(
        len(word)
        for word in words  # each
    )
    table = dict((word, i) for i, word in enumerate(words))
    return rows, unique, table, frozenset(w[:1] for w in words), (list(w for w in words))


CALLS = ["kinds([])", "kinds(['ab', '', 'c'])", "kinds([1])", "kinds([[]])"]
