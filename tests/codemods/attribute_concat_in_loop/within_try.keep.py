def f(self, xs):
    try:
        for x in xs:
            self.text += f'{x},'
    except ValueError:
        return self.text
