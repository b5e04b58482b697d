class A:
    found = []
    for item in 'abc':
        found = found + [item]
