def f(df, save):
    i = 0
    for i, row in df.iterrows():
        save(row["name"])
    return i
