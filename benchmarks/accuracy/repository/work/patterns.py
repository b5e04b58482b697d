"""Searches with regular expressions."""

import re

UNITS = 200
LINE = '10.0.0.7 - - [10/Oct/2000:13:55:36 +0000] "GET /a/path.html?q=1 HTTP/1.0" 200 2326'
FIELDS = re.compile(r'(\S+) \S+ \S+ \[([^\]]+)\] "(\w+) (\S+) [^"]*" (\d{3}) (\d+)')
WORD = re.compile(r"[A-Za-z]+")


def _fields(line):
    return FIELDS.match(line).groups()


def _words(line):
    return [found.group() for found in WORD.finditer(line)]


def run():
    for _ in range(UNITS):
        count = len(_fields(LINE)) + len(_words(LINE))
    return count
