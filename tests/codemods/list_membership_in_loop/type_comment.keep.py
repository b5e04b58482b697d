def f(words):
    known = list(words)  # type: List[str]
    return [word for word in words if word in known]
