from operator import itemgetter
from operator import attrgetter


def last(rows):
    return sorted(rows, key=itemgetter(-1))


def reals(numbers):
    numbers = list(numbers)
    numbers.sort(key=attrgetter("imag"))
    return numbers


CALLS = ["last(['ab', 'ba'])", "last([1])", "reals([2j, 1j, 3])", "reals(['a', 'b'])"]
