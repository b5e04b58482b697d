class Filter:
    def __init__(self, banned):
        self.banned = banned

    def allowed(self, words):
        banned = {word.lower() for word in self.banned}
        return sum(1 for word in words if word.lower() not in banned)


CALLS = ["Filter(['A']).allowed(['a', 'B'])", "Filter([]).allowed([])", "Filter(['x']).allowed([3])"]
