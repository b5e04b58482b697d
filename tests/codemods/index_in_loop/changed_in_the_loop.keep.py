def f(ys):
    xs = [1, 2]
    for y in ys:
        xs.append(y)
        print(xs.index(y))
