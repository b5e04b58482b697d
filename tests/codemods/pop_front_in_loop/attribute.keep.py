class A:
    def f(self):
        self.queue = [1]
        while self.queue:
            self.queue.pop(0)
            self.queue.append(1)
