def f(df):
    out = []
    for _, row in df.iterrows():
        out.append(row.price)
    return out
