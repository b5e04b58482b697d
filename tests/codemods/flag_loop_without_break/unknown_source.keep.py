def f(read):
    found = False
    for x in read():
        if x < 0:
            found = True
    return found, read()
