import re
from elsewhere import fullmatch, match as search
from re import findall, finditer as walk, match


def f(text):
    return fullmatch("a+", text), search("a+", text), walk("a+", text)


def g(text, match):
    return match("a+", text)


def h(text):
    findall = text.findall
    return findall("a+", text), split("a+", text), compile("a+", text, "exec")


def split(pattern, text):
    return text.split(pattern)


def rebound(text):
    global match
    match = text
