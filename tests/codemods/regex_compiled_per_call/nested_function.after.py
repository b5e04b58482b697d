import re

_INNER_PATTERN = re.compile(b"a|b")


def outer(texts):
    def inner(text):
        return _INNER_PATTERN.search(text)

    return [bool(inner(text)) for text in texts]


CALLS = ["outer([b'a', b'c'])", "outer(['a'])", "outer([])"]
