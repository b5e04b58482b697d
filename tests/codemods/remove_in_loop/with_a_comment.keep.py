def f(xs):
    for x in list(xs):
        if x < 0:
            xs.remove(x)  # gone
