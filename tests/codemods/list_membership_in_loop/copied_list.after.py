def common(left, right):
    known = set(right)
    count = 0
    index = 0
    while index < len(left):
        if left[index] in known:
            count += 1
        index += 1
    return count


CALLS = ["common([], [])", "common([1, 2, 3], [3, 1])", "common('abc', 'cde')", "common([1], 5)"]
