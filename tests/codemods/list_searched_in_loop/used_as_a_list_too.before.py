def marks(words, rows):
    known = sorted(words)
    found = []
    for row in rows:
        for word in row:
            if word in known or (len(known) > 3 and row not in known):
                found.append(word)
    return known, found


CALLS = ["marks([], ['a'])", "marks(['b', 'a'], ['abc', 'b'])", "marks([1], 2)"]
