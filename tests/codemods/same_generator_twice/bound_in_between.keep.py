def spread(values):
    first = max(abs(value) for value in values)
    values = values[1:]
    return first - min(abs(value) for value in values)
