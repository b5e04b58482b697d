def count(words):
    table = {}
    other = dict()
    for word in words:
        table = {**table, word: len(table)}
        other = other | {word: len(other), "last": word}
    return table, list(other.items())


CALLS = ["count([])", "count('abca')", "count([[]])", "count(['last'])"]
