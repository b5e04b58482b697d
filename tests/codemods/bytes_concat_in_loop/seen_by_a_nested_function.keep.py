def f(parts):
    data = b""
    for part in parts:
        data += part
    def show():
        print(data)
    show()
    return data
