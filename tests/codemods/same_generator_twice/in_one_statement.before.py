def spread(values):
    return max(abs(value) for value in values) - min(abs(value) for value in values)


CALLS = ["spread([])", "spread([1, -5, 3])"]
