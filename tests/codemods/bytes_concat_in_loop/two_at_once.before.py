def split(pairs):
    left = b""
    right = b""
    for a, b in pairs:
        left += a
        right += b
    # both at once
    return left, right, left + right


CALLS = ["split([])", "split([(b'a', b'b'), (b'c', b'd')])", "split([(b'a', 1)])"]
