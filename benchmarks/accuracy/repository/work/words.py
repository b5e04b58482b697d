"""Counts in dictionaries."""

UNITS = 200
TEXT = "the quick brown fox jumps over the lazy dog and the dog sleeps while the fox runs "
WORDS = TEXT.split()


def _counted(words):
    counts = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return counts


def _most(counts):
    return max(counts.items(), key=lambda item: item[1])


def run():
    for _ in range(UNITS):
        most = _most(_counted(WORDS))
    return most[1]
