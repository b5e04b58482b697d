def f(self, xs):
    for x in xs:
        self.add(x)
        if x in [y.name for y in self.ys]:
            return x
