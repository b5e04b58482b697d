def common(known, wanted):
    known = list(known)
    if any(item in known for item in wanted.keys()):
        return 1
    return all(item in known for item in wanted), not all(item in known for item in (1, 2))


CALLS = ["common([], {})", "common([1, 2], {3: 1})", "common('ab', {'a': 0})"]
