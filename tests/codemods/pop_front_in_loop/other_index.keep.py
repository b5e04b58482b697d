def f(items, i):
    rest = list(items)
    while rest:
        print(rest.pop(i))
