def f(self, xs):
    for x in xs:
        self.text += f'{x},'
        self.text = ''
