def search(rows, key):
    name = f"{key}-Name"
    found = 0
    name_upper = name.upper()
    name_strip = name.strip(" ")
    name_lower = name.lower()
    for row in rows:
        if row and row == name_upper:
            found += 1
        elif row.startswith(name_upper) or row.strip(name_strip):
            found += 2
        while found > 9 and name_lower == row:
            found -= 1
    return found


def unknown(words, key):
    if words:
        key_lower = key.lower()
        return [word for word in words if word.lower() == key_lower]
    return words


CALLS = ["search([], 1)", "search(['', 'A-NAME', 'a-name', 'A-NAMES'] * 3, 'a')", "search([1], 2)", "unknown(['A', 'b'], 'a')", "unknown([], None)", "unknown('a', 1)"]
