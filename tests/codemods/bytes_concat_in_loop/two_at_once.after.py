def split(pairs):
    left = bytearray()
    right = bytearray()
    for a, b in pairs:
        left += a
        right += b
    left = bytes(left)
    right = bytes(right)
    # both at once
    return left, right, left + right


CALLS = ["split([])", "split([(b'a', b'b'), (b'c', b'd')])", "split([(b'a', 1)])"]
