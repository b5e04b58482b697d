def repeated(limit):
    keys = []
    count = 0
    for number in range(limit):
        key = f"key {number % 3}"
        if key in keys:
            count += 1
        keys.append(key)
    return count


CALLS = ["repeated(0)", "repeated(10)"]
