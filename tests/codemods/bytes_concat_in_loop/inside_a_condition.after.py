def load(parts, flag):
    if flag:
        data = bytearray()
        for part in parts:
            if data:
                data += b"-"
            data += part
        data = bytes(data)
        return {"data": data}
    return None


CALLS = ["load([b'a', b'b'], True)", "load([], False)", "load(['x'], True)"]
