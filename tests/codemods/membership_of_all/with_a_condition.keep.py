def covers(known, wanted):
    return all(item in known for item in wanted if item), all(item not in known for item in wanted)
