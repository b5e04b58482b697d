import functools
from dataclasses import dataclass


@dataclass(frozen=True)
class Price:
    amount: "int"
    is_free: "bool" = False


@dataclass(frozen=True)
class Basket:
    """What is bought."""

    _prices: "tuple[Price, ...]"

    # What is paid.
    @functools.cached_property
    def total(self) -> int:
        total = 0
        for price in self._prices:
            if not price.is_free:
                total += price.amount
        return total

    def text(self):
        return f"{self.total} of {len(self._prices)}"

    def half(self):
        return self.total / 2


def run(amounts):
    basket = Basket(tuple(Price(amount, amount == 5) for amount in amounts))
    return basket.text(), basket.half(), basket.text(), basket == Basket(basket._prices), repr(basket)


CALLS = ["run([1, 2, 5])", "run([])", "run([None])"]
