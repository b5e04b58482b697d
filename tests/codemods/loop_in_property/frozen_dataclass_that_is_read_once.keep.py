from dataclasses import dataclass


@dataclass(frozen=True)
class Basket:
    _prices: tuple[int, ...]

    @property
    def total(self):
        return sum(price * 2 for price in self._prices)
