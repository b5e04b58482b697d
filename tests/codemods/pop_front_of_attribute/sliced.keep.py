from collections import deque


class A:
    def __init__(self):
        self.waiting = []

    def take(self):
        return self.waiting.pop(0), self.waiting[1:]
