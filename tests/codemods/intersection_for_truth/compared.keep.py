def f(a, b):
    return (set(a) & set(b)) == {1}
