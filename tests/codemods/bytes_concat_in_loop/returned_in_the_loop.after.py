def until(chunks, limit):
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) >= limit:
            return bytes(body)
    raise ValueError("short", bytes(body))


CALLS = ["until([b'ab', b'c'], 3)", "until([], 1)", "until([b'a'], 0)"]
