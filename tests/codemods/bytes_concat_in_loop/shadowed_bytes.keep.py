def f(parts, bytes):
    data = b""
    for part in parts:
        data += part
    return data
