def places(words, others):
    known = {word.lower() for word in words}
    both = known.isdisjoint(set(others)), not known.isdisjoint({"a", "b"}), known.isdisjoint(frozenset(others))
    one = 1 if not known.isdisjoint(set(others)) else 2
    while not known.isdisjoint(set(others)) and one:
        one = 0
    return both, one, [word for word in others if not known.isdisjoint(set(word))]


def with_any(words, others):
    known = set(words)
    return not known.isdisjoint(others), known.isdisjoint(others)


CALLS = ["places([], [])", "places(['A', 'c'], ['a', 'x'])", "places(['A'], [[]])", "with_any('ab', 'bc')", "with_any('', 3)"]
