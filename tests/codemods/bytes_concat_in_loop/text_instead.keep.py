def f(parts):
    data = ""
    for part in parts:
        data += part
    return data
