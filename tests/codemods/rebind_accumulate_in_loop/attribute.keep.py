def f(self, items):
    self.found = []
    for item in items:
        self.found = self.found + [item]
