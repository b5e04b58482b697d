def f(df):
    out = []
    for _, row in df.iterrows():
        out.append(row["a"] / row["b"])
    return out


def g(df):
    total = count = 0
    for _, row in df.iterrows():
        total += row["a"]
        count += row["b"]
    total /= count
    return total


def h(df, n):
    return [row["a"] % n for _, row in df.iterrows()], [row["a"] / 0 for _, row in df.iterrows()]
