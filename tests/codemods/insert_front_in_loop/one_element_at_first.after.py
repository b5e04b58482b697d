class Reader:
    def digits(self, number):
        """Digits of a number, most significant first."""
        found = ["end"]
        while number:
            number, digit = divmod(number, 10)
            found.append(digit); number = number
        found.reverse()
        return tuple(found)


CALLS = ["Reader().digits(0)", "Reader().digits(1234)", "Reader().digits(None)", "Reader().digits('a')"]
