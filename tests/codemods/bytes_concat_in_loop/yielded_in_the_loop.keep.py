def f(parts):
    data = b""
    for part in parts:
        data += part
        yield data
    return data
