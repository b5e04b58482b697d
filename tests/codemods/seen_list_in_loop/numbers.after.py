def last_digits(limit):
    digits = []
    seen = set()
    for number in range(limit):
        digit = number % 7
        if digit in seen:
            continue
        digits.append(digit)
        seen.add(digit)
    return digits[::-1]


CALLS = ["last_digits(0)", "last_digits(5)", "last_digits(50)"]
