def f(words):
    seen = []
    for word in words:
        if word not in seen:
            seen.append(word)
        print(seen.append(1))
    return 0
