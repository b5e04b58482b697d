def f(values):
    texts = list(map(str, values))
    for text in texts:
        values.append(1)
        if text:
            break
