def f(data, parts):
    for part in parts:
        data += part
    return data
