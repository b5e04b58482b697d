def f(words):
    class A:
        seen = []
        for word in words:
            if word not in seen:
                seen.append(word)
    return A
