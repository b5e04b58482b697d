class A:
    def f(self, n):
        return 1 if n < 2 else self.f(n - 1) + self.f(n - 2)
