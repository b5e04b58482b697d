def f(words):
    if (known := list(words)):
        return [word for word in words if word in known]
