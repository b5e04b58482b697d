def f(values):
    texts = list(map(str, values))
    for text in texts:
        print(text)
