def f(k={"a": 1, "b": 2, "c": 3}["a"]):
    class A:
        b = {"a": 1, "b": 2, "c": 3}["b"]
    return k, A
