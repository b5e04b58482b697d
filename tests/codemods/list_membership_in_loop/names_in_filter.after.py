def missing(wanted, present):
    names = {item.strip() for item in present}
    return [item for item in wanted if item not in names]


CALLS = ["missing([], [])", "missing(['a', 'b'], [' a '])", "missing(['a'], [1])", "missing('ab', 'b')"]
