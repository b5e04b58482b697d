def f(df):
    for _, row in df.iterrows():
        yield row["name"]
