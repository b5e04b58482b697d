def f(df):
    return (row["name"] for _, row in df.iterrows())


def g(df):
    return [lambda: row["name"] for _, row in df.iterrows()]
