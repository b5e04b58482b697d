def f(rows):
    queue = list(rows)
    for queue in rows:
        queue.pop(0)
