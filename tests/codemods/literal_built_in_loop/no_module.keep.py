def f(items, math):
    for item in items:
        known = [math.pi, 1]
        if item in known:
            return item
