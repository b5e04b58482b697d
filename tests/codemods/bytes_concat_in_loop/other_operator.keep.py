def f(parts):
    data = b''
    for part in parts:
        data = data + part
    return data
