from re import search

re = "re"


def f(text):
    return search("a+", text)
