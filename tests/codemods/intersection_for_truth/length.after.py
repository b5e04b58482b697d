def shared(words, others):
    known = set(words)
    given = frozenset(others)
    some = not known.isdisjoint(given), not known.isdisjoint(given), not known.isdisjoint(given), not given.isdisjoint(known)
    none = known.isdisjoint(given), known.isdisjoint(given), known.isdisjoint(given), known.isdisjoint(given)
    return some, none, not known.isdisjoint(given), "some" if not known.isdisjoint(given) else "none", (not known.isdisjoint(given)) + 1


def of_unknown(words, others):
    return not set(words).isdisjoint(others)


CALLS = ["shared('ab', 'bc')", "shared('ab', 'c')", "shared('', '')", "of_unknown('ab', {'b'})", "of_unknown('', frozenset('b'))"]
