def f(d, k):
    if d.get(k):
        print(k)
        return d.get(k)
