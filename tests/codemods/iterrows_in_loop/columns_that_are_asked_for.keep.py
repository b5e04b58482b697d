def f(df, out):
    has_price = "price" in df.columns
    for _, row in df.iterrows():
        out.append(row["name"])
        if has_price:
            out.append(row["price"])


def g(df, out):
    has_price = "price" in df.columns
    for _, row in df.iterrows():
        out.append(row["name"])
        if not has_price:
            continue
        out.append(row["price"])


def h(df):
    has_price = "price" in df.columns
    return [(row["name"], has_price and row["price"]) for _, row in df.iterrows()]


def i(df):
    has_price = "price" in df.columns
    return [row["price"] for _, row in df.iterrows() if has_price]
