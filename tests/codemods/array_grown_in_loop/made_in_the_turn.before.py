import numpy


def steps(limit):
    found = []
    count = 0
    while count < limit:
        part = numpy.arange(count)
        part[:1] = 7
        part += 1
        found = numpy.hstack([found, part, count])
        count += 1
    return type(found).__name__, list(found)


def two(limit):
    left = numpy.array([1.5])
    right = (
        numpy.array([2])
    )
    if limit:
        for number in range(limit):
            left = numpy.concatenate([left, [number]], 0)
            right = numpy.concatenate([right, [number, number]])
    return left.tolist(), right.tolist()


CALLS = ["steps(0)", "steps(1)", "steps(5)", "two(0)", "two(1)", "two(3)", "two(None)", "two('a')"]
