def first(words, size):
    found = next(word for word in words if len(word) == size)
    return found, next(iter(word)) if (word := found) else next(iter(words))


CALLS = ["first(['a', 'bc', 'de'], 2)", "first(['', 'a'], 0)", "first(['', 3], 'a') if 0 else 0"]
