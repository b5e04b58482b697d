def f(make, out):
    for _, row in make().iterrows():
        out.append(row["b"])
    for _, row in make.df.iterrows():
        out.append(row["b"])
