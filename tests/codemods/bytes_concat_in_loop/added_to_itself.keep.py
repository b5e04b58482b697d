def f(parts):
    data = b""
    for part in parts:
        data += part
        data += data
    return data
