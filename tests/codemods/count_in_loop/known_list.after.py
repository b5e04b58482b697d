from collections import Counter


def twice(numbers, wanted):
    rows = [number // 2 for number in numbers]
    found = []
    counts = Counter(rows)
    for number in wanted:
        if counts[number] == 2:
            found.append(number)
    return found, Counter


CALLS = ["twice([], [1])", "twice([0, 1, 2, 3, 5], [0, 1, 2])", "twice([[]], 1)"]
