def f(xs):
    ys = [1, 2]
    print(ys)
    return [x for x in xs if x in ys]
