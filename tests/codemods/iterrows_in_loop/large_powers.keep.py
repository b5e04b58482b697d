def f(df):
    return [row["a"] ** 2 for _, row in df.iterrows()]
