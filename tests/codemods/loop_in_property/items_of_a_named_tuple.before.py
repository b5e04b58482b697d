from dataclasses import dataclass
from typing import NamedTuple


class Price(NamedTuple):
    amount: "int"


@dataclass(frozen=True)
class Basket:
    prices: "tuple[Price, ...]"

    @property
    def amounts(self):
        return tuple(price.amount for price in self.prices)


def run(amounts):
    basket = Basket(tuple(map(Price, amounts)))
    return [amount in basket.amounts for amount in amounts], repr(basket)


CALLS = ["run([1, 2])", "run([])", "run([None])"]
