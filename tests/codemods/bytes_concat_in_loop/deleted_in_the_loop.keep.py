def f(parts):
    data = b""
    for part in parts:
        data += part
        del data
    return data
