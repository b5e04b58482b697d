data = b''
for part in (b'a', b'b'):
    data += part
