from dataclasses import dataclass


@dataclass
class Basket:
    _prices: list[int]

    @property
    def total(self):
        return sum(price * 2 for price in self._prices)

    def shares(self):
        return [price / self.total for price in self._prices]
