def f(df):
    return [row["b"] for _, row in df.iterrows() if ~row["a"]]
