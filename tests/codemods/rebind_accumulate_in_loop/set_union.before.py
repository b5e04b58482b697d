def letters(words):
    found = set()
    for word in words:
        found = found | {letter for letter in word}
        found = found | set(word.upper())
    return sorted(found)


CALLS = ["letters([])", "letters(['ab', 'bc'])", "letters([1])"]
