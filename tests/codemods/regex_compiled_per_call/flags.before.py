import re
from os import path


class Reader:
    def words(self, text):
        found = re.findall("[a-z]+", text, re.IGNORECASE | re.M)
        return found, re.split(r"\s", text, maxsplit=1, flags=re.A), re.sub("A", "b", text, 0, re.I)


CALLS = ["Reader().words('Ab c')", "Reader().words('')", "Reader().words(3)"]
