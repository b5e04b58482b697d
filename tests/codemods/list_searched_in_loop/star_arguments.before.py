def known(words, *names):
    found = []
    for word in words:
        if word in names:
            found.append(len(names))
            print(*names, end="")
    return found


CALLS = ["known('ab')", "known('abc', 'a', 'c')", "known([1, 'a'], 1, 2.0, None)"]
