def f(self, xs, g):
    for x in xs:
        self.text += f'{x},'
        g(self)
