from re import compile, search, split, sub


def is_word(text):
    return search(r"^\w+$", text) is not None


class Reader:
    def parts(self, text):
        return split(",", text, 1), sub(r"\s+", " ", string=text)

    def numbers(self, text):
        return compile("[0-9]+").findall(text)


CALLS = ["is_word('ab')", "is_word('a b')", "Reader().parts('a,b ,  c')", "Reader().numbers('a1')"]
