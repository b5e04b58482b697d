def f(df, save):
    for _, row in df.iterrows():
        save(row["name"], row)
