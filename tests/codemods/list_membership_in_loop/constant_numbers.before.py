def small_primes(limit):
    primes = [
        2, 3, 5, 7,
        11, 13, 17, 19,  # all below twenty
    ]
    return [number for number in range(limit) if number in primes]


CALLS = ["small_primes(0)", "small_primes(25)", "small_primes('x')"]
