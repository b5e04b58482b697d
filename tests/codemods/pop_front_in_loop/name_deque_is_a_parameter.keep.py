def f(start, edges, deque):
    queue = [start]
    while queue:
        node = queue.pop(0)
        queue.extend(edges[node])
