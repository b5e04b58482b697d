def f(queue):
    while queue:
        queue.pop(0)
        queue.append(1)
