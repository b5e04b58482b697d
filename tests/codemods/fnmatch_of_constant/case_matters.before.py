import re, fnmatch


def kinds(names):
    return [name for name in names if fnmatch.fnmatchcase(name, '[ab]*.tx?') and not fnmatch.fnmatchcase(name, "b*")]


CALLS = ["kinds([])", "kinds(['a.txt', 'b.txt', 'A.txt', 'c'])", "kinds([1])"]
