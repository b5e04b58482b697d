def last(rows):
    return sorted(rows, key=lambda row: row[-1])


def reals(numbers):
    numbers = list(numbers)
    numbers.sort(key=lambda number: number.imag)
    return numbers


CALLS = ["last(['ab', 'ba'])", "last([1])", "reals([2j, 1j, 3])", "reals(['a', 'b'])"]
