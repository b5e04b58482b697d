def f(df):
    out = []
    for _, row in df.iterrows():
        out.append(row[["a", "b"]])
        out.append(row["a":"b"])
        out.append(row["a", "b"])
    return out
