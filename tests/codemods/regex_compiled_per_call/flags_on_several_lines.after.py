import re

_STRIPPED_PATTERN = re.compile(r"[ \t]+$", re.MULTILINE)


def stripped(text):
    return _STRIPPED_PATTERN.sub(
        "", text
    )


CALLS = ["stripped('a \\nb')", "stripped('')", "stripped(3)"]
