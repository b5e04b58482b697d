# A comment first.
def drain(items):
    waiting = list(items)
    total = 0
    while len(waiting) > 1:
        total += waiting.pop(0) * waiting.pop()
    return total


CALLS = ["drain([])", "drain([1, 2, 3])", "drain(range(6))", "drain(None)"]
