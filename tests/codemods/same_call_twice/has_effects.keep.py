def f(d):
    if d.pop():
        return d.pop()
