def f(xs):
    for x in list(xs):
        if x < 0:
            print(x)
            xs.remove(x)
