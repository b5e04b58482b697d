def join(parts):
    data = bytearray()
    for part in parts:
        data += part
    return bytes(data)


CALLS = ["join([])", "join([b'a', b'bc'])", "join([b'a', 'b'])", "join([bytearray(b'x'), memoryview(b'y')])", "join([1])", "join([[1]])"]
