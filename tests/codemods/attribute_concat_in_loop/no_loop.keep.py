def f(self, x):
    self.text += f'{x},'
