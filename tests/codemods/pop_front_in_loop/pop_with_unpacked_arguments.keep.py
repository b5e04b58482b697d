def f(items, a):
    rest = list(items)
    while rest:
        print(rest.pop(*a))
