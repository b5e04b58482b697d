def f(d, k):
    if d.get(k):
        k = d.get(k)
    return k
