def f(df, save):
    for _, row in df.iterrows():
        row["name"] = row["name"].strip()
        save(row["name"])
