def f(parts):
    data = b""
    for part in parts:
        data += part
        print(data := part)
    return data
