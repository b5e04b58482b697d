def f(d, k):
    if d.get(k):
        return lambda: d.get(k)
