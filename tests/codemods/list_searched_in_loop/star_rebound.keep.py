def known(words, *names):
    for word in words:
        if word in names:
            names = names[1:]
    return names
