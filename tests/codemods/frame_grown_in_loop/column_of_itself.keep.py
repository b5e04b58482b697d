import pandas as pd


def f(xs):
    df = pd.DataFrame()
    for x in xs:
        df = pd.concat([df, x])
        df["n"] = 0
    return df
