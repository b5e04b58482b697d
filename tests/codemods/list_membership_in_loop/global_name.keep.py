def f(words):
    global seen
    seen = []
    for word in words:
        if word not in seen:
            seen.append(word)
