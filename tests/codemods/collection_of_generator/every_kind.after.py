def kinds(words):
    rows = [word.upper() for word in words if word]
    unique = {
        len(word)
        for word in words  # each
    }
    table = {word: i for i, word in enumerate(words)}
    return rows, unique, table, frozenset([w[:1] for w in words]), ([w for w in words])


CALLS = ["kinds([])", "kinds(['ab', '', 'c'])", "kinds([1])", "kinds([[]])"]
