def repeated(limit):
    keys = set()
    count = 0
    for number in range(limit):
        key = f"key {number % 3}"
        if key in keys:
            count += 1
        keys.add(key)
    return count


CALLS = ["repeated(0)", "repeated(10)"]
