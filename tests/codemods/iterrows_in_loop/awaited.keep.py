async def f(df, save):
    for _, row in df.iterrows():
        await save(row["name"])
