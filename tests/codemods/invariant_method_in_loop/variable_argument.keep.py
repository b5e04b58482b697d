def f(words, key, chars):
    return [key.strip(chars) for word in words]
