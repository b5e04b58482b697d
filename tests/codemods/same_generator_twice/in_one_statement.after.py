def spread(values):
    items = [abs(value) for value in values]
    return max(items) - min(items)


CALLS = ["spread([])", "spread([1, -5, 3])"]
