"""A module with a docstring alone."""


def firsts(items):
    rest = list(items)
    while rest:
        rest.pop(0)
        for _ in range(2):
            if rest:
                yield rest.pop(0)


CALLS = ["list(firsts([]))", "list(firsts([1, 2, 3, 4, 5]))"]
