"""The code at head."""

PLAIN, SLOWER, LONG, OUTSIDE, SLEEPING = 20_000, 25_000, 8_000_000, 2_000_000, 0.006


def work(count):
    total = 0
    for number in range(count):
        total += number * number % 7
    return total
