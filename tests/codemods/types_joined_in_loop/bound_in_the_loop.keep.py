def kinds(values, more):
    for value in values:
        more = (value,)
        if isinstance(value, more + (str,)):
            return value
