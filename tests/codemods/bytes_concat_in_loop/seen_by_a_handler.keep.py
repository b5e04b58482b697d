def f(parts):
    data = b''
    try:
        for part in parts:
            data += part
    except ValueError:
        print(data)
    return 1
