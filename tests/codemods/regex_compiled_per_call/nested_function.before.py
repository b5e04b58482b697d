import re


def outer(texts):
    def inner(text):
        return re.search(b"a|b", text)

    return [bool(inner(text)) for text in texts]


CALLS = ["outer([b'a', b'c'])", "outer(['a'])", "outer([])"]
