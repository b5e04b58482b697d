def pairs(items):
    found = [0]
    for item in items:
        if item not in found:
            found = [*found, item, len(found)]
    return found[::-1]


CALLS = ["pairs([])", "pairs([1, 2, 1])", "pairs('aba')", "pairs(3)"]
