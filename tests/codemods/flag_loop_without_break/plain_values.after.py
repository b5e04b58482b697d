def has_seven(limit):
    found = False
    for number in range(limit):
        if number == 7:
            found = True  # there it is
            break
    return found


def all_short(words):
    short = True
    for word, _ in sorted(words):
        if len(word) > 3:
            short = False
            break
    return short


CALLS = ["has_seven(3)", "has_seven(30)", "all_short([])", "all_short(['ab', 'cd'])", "all_short([['abcd', 1], ['a', 2]])"]
