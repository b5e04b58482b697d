class A:
    seen = []
    for word in 'abc':
        if word not in seen:
            seen.append(word)
