queue = list('abc')
while queue:
    queue.pop(0)
