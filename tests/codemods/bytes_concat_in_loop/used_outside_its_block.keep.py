def f(parts, flag):
    if flag:
        data = b''
        for part in parts:
            data += part
    return data
