def f(df, save):
    for i, row in df.iterrows():
        save(i, row["name"])
