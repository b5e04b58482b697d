def f(parts):
    data = b""
    for part in parts:
        data += part
    def reset():
        nonlocal data
        data = 1
    reset()
    return data
