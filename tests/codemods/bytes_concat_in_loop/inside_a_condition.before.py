def load(parts, flag):
    if flag:
        data = b""
        for part in parts:
            if data:
                data += b"-"
            data += part
        return {"data": data}
    return None


CALLS = ["load([b'a', b'b'], True)", "load([], False)", "load(['x'], True)"]
