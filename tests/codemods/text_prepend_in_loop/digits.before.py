def digits(number, base):
    out = ''
    while number > 0:
        number, digit = divmod(number, base)
        out = str(digit) + " " + out
    return out.strip()


CALLS = ["digits(0, 2)", "digits(10, 2)", "digits(255, 16)", "digits('a', 2)"]
