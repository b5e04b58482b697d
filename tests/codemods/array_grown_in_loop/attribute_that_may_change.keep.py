import numpy as np


class Model:
    def f(self, n):
        a = np.zeros(1)
        for _ in range(n):
            now = self.step()
            a = np.concatenate([a, self.state])
        return a, now
