from re import search


def f(text):
    return search('a', text)
