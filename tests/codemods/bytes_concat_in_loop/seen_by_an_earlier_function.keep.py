def f(parts):
    data = b''
    show = lambda: print(data)
    for part in parts:
        data += part
        show()
    return data
