def f(items):
    rest = list(items)
    while rest:
        print(rest.pop(0), rest.pop(1))
