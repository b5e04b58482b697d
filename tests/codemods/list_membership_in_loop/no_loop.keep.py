def f(word, words):
    known = list(words)
    return word in known
