def f(self, xs):
    for x in xs:
        self.total += 1
