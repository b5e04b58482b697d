def f(d, k):
    if d.get(k):
        return d.get(k), d.get(k)
