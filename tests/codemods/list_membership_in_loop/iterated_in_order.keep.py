def f(words):
    seen = []
    for word in words:
        if word not in seen:
            seen.append(word)
    for word in seen:
        print(word)
    return 0
