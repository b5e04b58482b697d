def f(xs):
    return [x.pop() for x in xs][0]
