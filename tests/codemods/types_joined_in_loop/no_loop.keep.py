TEXT = (str,)


def kind(value):
    return isinstance(value, TEXT + (bytes,))
