def dump(limit):
    out = bytearray()
    for number in range(limit):
        out += f"{number},".encode()
        out += b";" + number.to_bytes(2, "big")
    return bytes(out).decode("latin-1")


CALLS = ["dump(0)", "dump(12)", "dump('a')"]
