def tidy(words, limit):
    if limit:
        # short ones only
        return all(len(word) < limit or not word for word in words if word != "x")
    return all(not w for w in words)


def pairs(table):
    """Any odd pair?"""
    return any(k != v for k, v in table.items())


CALLS = ["tidy([], 1)", "tidy(['abc', 'x'], 3)", "tidy(['', 'xxxx', 'x'], 3)", "tidy(['', 'a'], 0)", "tidy([3], 1)", "pairs({})", "pairs({1: 1, 2: 3})"]
