class Basket:
    def __init__(self, prices):
        self._prices = tuple(prices)
        self.reads = 0

    @property
    def total(self):
        return sum(price for price in self._prices if price < self.most)

    @property
    def most(self):
        self.reads += 1
        return self.reads

    def shares(self):
        return [price / self.total for price in self._prices]
