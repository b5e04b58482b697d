def f(xs):
    try:
        return list(xs)[0]
    except IndexError:
        return None
