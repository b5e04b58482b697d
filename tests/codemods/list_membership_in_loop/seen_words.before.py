def unique(words):
    seen = []
    found = []
    for word in words:
        if word not in seen:  # a comment stays
            seen.append(word)
            found.append(word)
    return found


CALLS = ["unique([])", "unique(['a', 'b', 'a', ''])", "unique([1, 1.0, True, 2])", "unique('banana')", "unique(None)"]
