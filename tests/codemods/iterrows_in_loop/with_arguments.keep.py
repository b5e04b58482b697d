def f(df, out):
    for _, row in df.iterrows(1):
        out.append(row["a"])
    for row in df.iterrows():
        out.append(row["a"])
    for _, (row, b) in df.iterrows():
        out.append(row["a"])
