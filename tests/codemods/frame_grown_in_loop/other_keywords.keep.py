import pandas as pd


def f(xs):
    df = pd.DataFrame()
    for x in xs:
        if df is not None:
            df = pd.concat([df, x], ignore_index=True)
        df = pd.concat([df, x], ignore_index=False)
    return df
