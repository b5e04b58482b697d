import pandas as pd


def f(xs, names):
    df = pd.DataFrame()
    for x in xs:
        df = pd.concat([df, x], keys=names)
    return df
