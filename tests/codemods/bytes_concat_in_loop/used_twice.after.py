def read(chunks):
    body = bytearray()
    size = 0
    for chunk in chunks:
        size += len(chunk)
        body += chunk
    body = bytes(body)
    if body.startswith(b"#"):
        return size
    return body, hash(body)


CALLS = ["read([])", "read([b'#', b'x'])", "read([b'a', b'b'])", "read([3])"]
