def f(df, other, save):
    for _, row in df:
        for _, row in other.iterrows():
            save(row["name"])
        save(row["name"])
