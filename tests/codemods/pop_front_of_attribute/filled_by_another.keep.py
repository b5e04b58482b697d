from collections import deque


class A:
    def __init__(self, items):
        self.waiting = items

    def take(self):
        return self.waiting.pop(0)
