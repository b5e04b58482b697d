def f(parts):
    data = bytes()
    for part in parts:
        data += part
    return data
