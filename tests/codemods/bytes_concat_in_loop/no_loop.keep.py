def f(part):
    data = b''
    data += part
    return data
