import re


def f(text):
    return re.search("a", flags=re.I), re.sub("a", "b", flags=re.I), re.findall("a"), re.split("a", flags=0)
