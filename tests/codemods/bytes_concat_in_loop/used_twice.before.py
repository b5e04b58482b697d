def read(chunks):
    body = b""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        body += chunk
    if body.startswith(b"#"):
        return size
    return body, hash(body)


CALLS = ["read([])", "read([b'#', b'x'])", "read([b'a', b'b'])", "read([3])"]
