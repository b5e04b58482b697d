import pandas as pd


def f(xs):
    df = pd.DataFrame()
    for x in xs:
        df = pd.concat([df, x])
        x.drop(columns="n", inplace=True)
    return df
