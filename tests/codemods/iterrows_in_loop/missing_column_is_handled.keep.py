def f(df, out):
    for _, row in df.iterrows():
        try:
            out.append(row["name"])
        except KeyError:
            out.append(None)


def g(df, out):
    try:
        for _, row in df.iterrows():
            out.append(row["name"])
    except KeyError:
        out.append(None)
