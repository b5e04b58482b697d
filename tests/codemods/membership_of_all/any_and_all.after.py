def common(known, wanted):
    known = list(known)
    if not set(known).isdisjoint(wanted.keys()):
        return 1
    return set(known).issuperset(wanted), not set(known).issuperset((1, 2))


CALLS = ["common([], {})", "common([1, 2], {3: 1})", "common('ab', {'a': 0})"]
