def f(items):
    rest = list(items)
    while rest:
        rest.pop(  # the first
            0)
