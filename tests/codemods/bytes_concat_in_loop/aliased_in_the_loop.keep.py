def f(parts):
    data = b""
    for part in parts:
        data += part
        last = data
    return data
