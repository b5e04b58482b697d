def search(rows, key):
    name = f"{key}-Name"
    found = 0
    for row in rows:
        if row and row == name.upper():
            found += 1
        elif row.startswith(name.upper()) or row.strip(name.strip(" ")):
            found += 2
        while found > 9 and name.lower() == row:
            found -= 1
    return found


def unknown(words, key):
    if words:
        return [word for word in words if word.lower() == key.lower()]
    return words


CALLS = ["search([], 1)", "search(['', 'A-NAME', 'a-name', 'A-NAMES'] * 3, 'a')", "search([1], 2)", "unknown(['A', 'b'], 'a')", "unknown([], None)", "unknown('a', 1)"]
