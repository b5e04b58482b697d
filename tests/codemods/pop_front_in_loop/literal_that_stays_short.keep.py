def f(a, b):
    rest = [a, b]
    while rest:
        print(rest.pop(0))
