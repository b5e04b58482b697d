from collections import OrderedDict, deque


class Turns:
    def play(self, players, rounds):
        line = [player for player in players]
        for _ in range(rounds):
            first = line.pop(0)
            line.append(first)
            if not line or first is None:
                break
        return first, deque(), len(line)


CALLS = ["Turns().play('abc', 4)", "Turns().play([None], 2)", "Turns().play([1], 1)"]
