def f(df, out):
    for _, row in df.iterrows():
        df.loc[0, "a"] = row["b"]
    for _, row in df.iterrows():
        out.append(row["b"] - df["b"].mean())
