def f(parts):
    data = b""
    for part in parts:
        data += part
        data *= 2
    return data
