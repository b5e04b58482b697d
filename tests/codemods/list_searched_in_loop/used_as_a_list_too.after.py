def marks(words, rows):
    known = sorted(words)
    found = []
    known_set = set(known)
    for row in rows:
        for word in row:
            if word in known_set or (len(known) > 3 and row not in known_set):
                found.append(word)
    return known, found


CALLS = ["marks([], ['a'])", "marks(['b', 'a'], ['abc', 'b'])", "marks([1], 2)"]
