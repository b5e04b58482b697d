def f(k):
    d = {1: 2}
    if d.get(k):
        return d.pop(k), d.get(k)
