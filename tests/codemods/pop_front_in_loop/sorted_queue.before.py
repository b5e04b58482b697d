import heapq


def pairs(items):
    rest = sorted(items)
    found = []
    while rest and rest:
        found.append((rest.pop(0), len(rest)))
    return found


CALLS = ["pairs([])", "pairs([3, 1, 2])", "pairs([1, 'a'])"]
