class Item:
    def __init__(self, name):
        self.name = name


def new_names(items, names):
    found = []
    known = {item.name for item in items}
    for name in names:
        # only what is new
        if name in known or name in list(found):
            continue
        print(end=name[:0])
        if name not in set(names[:1]) and name not in sorted(items, key=id):
            found.append(name)
    return found


def letters(words, text):
    known = set(text)
    return sorted(word for word in words if word in known)


CALLS = ["new_names([Item('a')], ['a', 'b', 'c'])", "new_names([], [])", "letters(['a', 'b'], 'bc')", "letters([], 'a')"]
