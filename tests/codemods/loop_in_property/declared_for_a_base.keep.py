from shop import Shelf


class Basket(Shelf):
    _prices: tuple[int, ...]

    @property
    def total(self):
        return sum(price * 2 for price in self._prices)

    def shares(self):
        return [price / self.total for price in self._prices]
