KNOWN = [1, 2]


def covers(wanted):
    return all(item in KNOWN for item in wanted)
