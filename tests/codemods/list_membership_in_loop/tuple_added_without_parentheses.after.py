def seen(words):
    known = {"x"}
    found = []
    for word in words:
        if word in known:
            found.append(word)
        known.update((word, word.upper()))
    return found


CALLS = ["seen([])", "seen(['ab', 'ab', 'x'])", "seen(['a', 'A'])"]
