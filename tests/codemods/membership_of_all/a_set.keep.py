def covers(wanted):
    known = {1, 2}
    return all(item in known for item in wanted)
