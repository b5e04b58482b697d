_PRIMES = {
    2, 3, 5,  # small
    7, 11,
}


class Numbers:
    def primes(self, words):
        return [word for word in words if len(word) in _PRIMES], len(words) not in _PRIMES


CALLS = ["Numbers().primes([])", "Numbers().primes(['a', 'ab', 'abcd', 'abcde'])", "Numbers().primes(3)"]
