def f(parts):
    data = b""
    for part in parts:
        data += part
        data = data[1:]
    return data
