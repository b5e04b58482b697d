import re


def stripped(text):
    return re.sub(
        r"[ \t]+$", "", text, flags=re.MULTILINE
    )


CALLS = ["stripped('a \\nb')", "stripped('')", "stripped(3)"]
