def rest(positions, count):
    positions.sort()
    found = []
    at = 0
    while at < count:
        if at not in positions:
            found.append(at)
        at += 1
    return found


CALLS = ["rest([], 3)", "rest([2, 0], 4)"]
