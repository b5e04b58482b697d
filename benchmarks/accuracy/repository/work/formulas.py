"""Parses and evaluates arithmetic by recursive descent."""

import re

UNITS = 200
TOKEN = re.compile(r"\s*(?:(\d+)|(.))")
FORMULA = "1 + 2 * (3 - 4) - 5"


class _Parser:
    """One formula and how far it has been read."""

    def __init__(self, text):
        self.tokens = [int(number) if number else sign for number, sign in TOKEN.findall(text)]
        self.place = 0

    def peek(self):
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def take(self):
        token = self.peek()
        self.place += 1
        return token

    def sum(self):
        value = self.product()
        while self.peek() in ("+", "-"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self):
        value = self.atom()
        while self.peek() == "*":
            self.take()
            value *= self.atom()
        return value

    def atom(self):
        token = self.take()
        if token == "(":
            value = self.sum()
            self.take()
            return value
        return token


def run():
    for _ in range(UNITS):
        value = _Parser(FORMULA).sum()
    return value
