def first(words, size):
    found = [word for word in words if len(word) == size][0]
    return found, tuple(word)[0] if (word := found) else list(words)[ 0 ]


CALLS = ["first(['a', 'bc', 'de'], 2)", "first(['', 'a'], 0)", "first(['', 3], 'a') if 0 else 0"]
