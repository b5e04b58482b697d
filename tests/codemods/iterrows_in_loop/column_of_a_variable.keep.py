def f(df, names):
    out = []
    for _, row in df.iterrows():
        for name in names:
            out.append(row[name])
    return out
