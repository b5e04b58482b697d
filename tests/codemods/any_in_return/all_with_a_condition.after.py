def tidy(words, limit):
    if limit:
        # short ones only
        for word in words:
            if word != "x":
                if not (len(word) < limit or not word):
                    return False
        return True
    for w in words:
        if w:
            return False
    return True


def pairs(table):
    """Any odd pair?"""
    for k, v in table.items():
        if k != v:
            return True
    return False


CALLS = ["tidy([], 1)", "tidy(['abc', 'x'], 3)", "tidy(['', 'xxxx', 'x'], 3)", "tidy(['', 'a'], 0)", "tidy([3], 1)", "pairs({})", "pairs({1: 1, 2: 3})"]
