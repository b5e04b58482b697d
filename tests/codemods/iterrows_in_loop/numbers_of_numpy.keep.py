def f(df):
    return [row["a"].item() for _, row in df.iterrows()]


def g(df, out):
    for _, row in df.iterrows():
        value = row["a"]
        out.append(value.astype(int))
