import re, fnmatch

_KINDS_PATTERN = re.compile(fnmatch.translate('[ab]*.tx?'))
_KINDS_PATTERN_2 = re.compile(fnmatch.translate("b*"))


def kinds(names):
    return [name for name in names if (_KINDS_PATTERN.match(name) is not None) and not (_KINDS_PATTERN_2.match(name) is not None)]


CALLS = ["kinds([])", "kinds(['a.txt', 'b.txt', 'A.txt', 'c'])", "kinds([1])"]
