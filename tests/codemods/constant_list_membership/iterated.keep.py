def f():
    return [x for x in ('a', 'b', 'c', 'd')]
