def places(words, others):
    known = {word.lower() for word in words}
    both = not known & set(others), bool(known & {"a", "b"}), not (known & frozenset(others))
    one = 1 if known.intersection(set(others)) else 2
    while known & set(others) and one:
        one = 0
    return both, one, [word for word in others if known & set(word)]


def with_any(words, others):
    known = set(words)
    return bool(known.intersection(others)), not known.intersection(others)


CALLS = ["places([], [])", "places(['A', 'c'], ['a', 'x'])", "places(['A'], [[]])", "with_any('ab', 'bc')", "with_any('', 3)"]
