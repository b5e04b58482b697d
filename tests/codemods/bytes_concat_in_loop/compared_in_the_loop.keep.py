def f(parts):
    data = b""
    for part in parts:
        data += part
        print(data == b'x')
    return data
