def check(words):
    table = {word: len(word) for word in words}
    row = [word.upper() for word in words]
    return "ab" in list(table), 2 not in list( table.values() ), "AB" in tuple(row), 5 in list(range(len(row)))


def unknown(probe, words):
    names = set(words)
    return probe in (list(names)), probe in sorted(words)


CALLS = ["check([])", "check(['ab', 'c'])", "unknown('a', ['a'])", "unknown(3, [4])"]
