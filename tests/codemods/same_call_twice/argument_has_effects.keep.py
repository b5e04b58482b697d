def f(d, k):
    if d.get(k.pop()):
        return d.get(k.pop())
