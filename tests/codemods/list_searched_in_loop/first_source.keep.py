def f(x, ys: list):
    return [y for y in ys if y] if x in ys else [y for y in ((x in ys), 1)]
