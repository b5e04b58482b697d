def f(d, k):
    if d.get(k):
        return 1
    else:
        return d.get(k)
