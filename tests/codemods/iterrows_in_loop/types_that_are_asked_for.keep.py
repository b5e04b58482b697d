def f(df):
    return [isinstance(row["a"], int) for _, row in df.iterrows()]


def g(df):
    return [row["a"] is True for _, row in df.iterrows()]


def h(df):
    return [f"{row['a']!r}" for _, row in df.iterrows()]
