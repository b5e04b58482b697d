def shared(words, others):
    known = set(words)
    given = frozenset(others)
    some = len(known & given) > 0, len(known & given) != 0, 1 <= len(known & given), 0 < len(given & known)
    none = len(known & given) == 0, 0 == len(known.intersection(given)), len(known & given) < 1, not len(known & given) > 0
    return some, none, bool(len(known & given)), "some" if len(known & given) else "none", (len(known & given) > 0) + 1


def of_unknown(words, others):
    return len(set(words) & others) > 0


CALLS = ["shared('ab', 'bc')", "shared('ab', 'c')", "shared('', '')", "of_unknown('ab', {'b'})", "of_unknown('', frozenset('b'))"]
