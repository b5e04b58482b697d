import numpy


def steps(limit):
    found_parts = [[]]
    count = 0
    while count < limit:
        part = numpy.arange(count)
        part[:1] = 7
        part += 1
        found_parts.extend([part, count])
        count += 1
    found = numpy.hstack(found_parts) if len(found_parts) > 1 else found_parts[0]
    return type(found).__name__, list(found)


def two(limit):
    left_parts = [numpy.array([1.5])]
    right_parts = [numpy.array([2])]
    if limit:
        for number in range(limit):
            left_parts.append([number])
            right_parts.append([number, number])
    left = numpy.concatenate(left_parts, 0) if len(left_parts) > 1 else left_parts[0]
    right = numpy.concatenate(right_parts) if len(right_parts) > 1 else right_parts[0]
    return left.tolist(), right.tolist()


CALLS = ["steps(0)", "steps(1)", "steps(5)", "two(0)", "two(1)", "two(3)", "two(None)", "two('a')"]
