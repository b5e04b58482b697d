def f(parts):
    data = b""
    for part in parts:
        data += part
        if part:
            data = b''
    return data
