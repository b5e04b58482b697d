"""The code at base."""

PLAIN, SLOWER, LONG, OUTSIDE, SLEEPING = 20_000, 20_000, 6_000_000, 10_000, 0.004


def work(count):
    total = 0
    for number in range(count):
        total += number * number % 7
    return total
