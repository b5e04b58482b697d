def f(ys):
    xs = [1, 2]
    try:
        return [xs.index(y) for y in ys]
    except ValueError:
        return []
