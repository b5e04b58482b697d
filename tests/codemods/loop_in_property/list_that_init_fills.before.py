from functools import cached_property, partial


class Shelf:
    def __init__(self, name):
        self.name = name


class Words(Shelf):
    def __init__(self, text, least):
        super().__init__("words")
        self._words = []
        self.least = least
        for word in text.split():
            self._words.append(word)

    @property
    def long(self):
        """Those that are not short."""
        return [word for word in self._words if len(word) >= self.least]

    @property
    def kept(self):
        return {word: len(word) for word in self.long}

    def has(self, word):
        words = self._words
        return word in words and word in self.long

    def longest(self):
        return max(self.long, key=len), self._words[0], list(self.kept)


class Other:
    def clear(self):
        self._words = None
        self.least = self.long = 0


def run(text, least):
    words = Words(text, least)
    return words.has("ab"), words.longest(), words.has(words.name), words.longest()


CALLS = ["run('a ab abc', 2)", "run('', 1)", "run('a b', 2)", "run('ab', None)"]
