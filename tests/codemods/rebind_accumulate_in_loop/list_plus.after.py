def squares(numbers):
    found = []
    for number in numbers:
        found += [number * number]  # one more
    return found


CALLS = ["squares([])", "squares([1, 2, 3])", "squares(['a'])", "squares(None)"]
