def f(values):
    texts = list(map(str, values))
    for text in texts:
        if len(texts) > 1:
            break
