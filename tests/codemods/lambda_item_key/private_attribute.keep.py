class A:
    def f(self, xs):
        return sorted(xs, key=lambda x: x.__a)
