def check(words):
    table = {word: len(word) for word in words}
    row = [word.upper() for word in words]
    return "ab" in table, 2 not in table.values(), "AB" in row, 5 in range(len(row))


def unknown(probe, words):
    names = set(words)
    return probe in (names), probe in sorted(words)


CALLS = ["check([])", "check(['ab', 'c'])", "unknown('a', ['a'])", "unknown(3, [4])"]
