from functools import cached_property


class Basket(dict):
    def __init__(self, prices: list[int]):
        self.prices: list[int] = sorted(prices)

    @cached_property
    def dear(self):
        return frozenset(price for price in self.prices if price > self.middle)

    @property
    def middle(self):
        return self.prices[len(self.prices) // 2]


def run(prices, asked):
    basket = Basket(prices)
    return [price in basket.dear for price in asked]


CALLS = ["run([3, 1, 2], [1, 2, 3])", "run([], [])", "run([], [1])", "run([1], [[]])"]
