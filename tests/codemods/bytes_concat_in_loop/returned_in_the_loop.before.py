def until(chunks, limit):
    body = b""
    for chunk in chunks:
        body += chunk
        if len(body) >= limit:
            return body
    raise ValueError("short", bytes(body))


CALLS = ["until([b'ab', b'c'], 3)", "until([], 1)", "until([b'a'], 0)"]
