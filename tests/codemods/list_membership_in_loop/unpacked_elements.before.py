def inside(values, extra):
    known = [*extra, 0]
    return [value for value in values if value in known]


CALLS = ["inside([0, 1, 2], (2,))", "inside([], [])", "inside([0], 3)"]
