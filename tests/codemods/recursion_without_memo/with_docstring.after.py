"""Numbers."""
import functools

LIMIT = 3


# the classic
@functools.lru_cache(maxsize=None)
def fib(n: int = 5) -> int:
    """The n-th Fibonacci number."""
    return n if n < 2 else fib(n - 1) + fib(n - 2)


@functools.lru_cache(maxsize=None)
def ways(total, coin):
    if total < 0: return 0
    elif coin == 0:
        return 1
    else:
        return ways(total, coin - 1) + ways(total - coin, max(coin, 1))


CALLS = ["fib()", "fib(0)", "fib(15)", "ways(10, 4)", "fib('a')"]
