def f(k):
    {"a": 1, "b": 2, "c": 3}[k] = 4
    del {"a": 1, "b": 2, "c": 3}[k]
    return {"a": 1, "b": 2, "c": 3}.pop(k), {"a": 1, "b": 2, "c": 3}.get
