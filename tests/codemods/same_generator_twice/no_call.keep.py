def spread(values):
    return max(value + 1 for value in values) - min(value + 1 for value in values)
