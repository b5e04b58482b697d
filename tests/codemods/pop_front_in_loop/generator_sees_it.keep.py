def f(start, edges):
    queue = [start]
    while queue:
        node = queue.pop(0)
        queue.extend(edges[node])
    return (1 for _ in range(3) if queue)
