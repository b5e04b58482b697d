import re


class A:
    pattern = re.compile('a')
