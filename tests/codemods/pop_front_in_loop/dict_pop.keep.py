def f(items):
    rest = dict(items)
    while rest:
        print(rest.pop(0))
