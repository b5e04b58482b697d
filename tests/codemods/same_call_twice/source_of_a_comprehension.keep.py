def f(d, k):
    return [x for x in (d.get(k) if d.get(k) else [])]
