class Reader:
    def digits(self, number):
        """Digits of a number, most significant first."""
        found = ["end"]
        while number:
            number, digit = divmod(number, 10)
            found.insert(0, digit); number = number
        return tuple(found)


CALLS = ["Reader().digits(0)", "Reader().digits(1234)", "Reader().digits(None)", "Reader().digits('a')"]
