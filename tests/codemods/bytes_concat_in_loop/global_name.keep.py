def f(parts):
    global data
    data = b''
    for part in parts:
        data += part
