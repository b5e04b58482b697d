def f(parts):
    data = b"x"
    for part in parts:
        data += part
    return data
