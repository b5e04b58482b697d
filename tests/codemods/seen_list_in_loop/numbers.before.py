def last_digits(limit):
    digits = []
    for number in range(limit):
        digit = number % 7
        if digit in digits:
            continue
        digits.append(digit)
    return digits[::-1]


CALLS = ["last_digits(0)", "last_digits(5)", "last_digits(50)"]
