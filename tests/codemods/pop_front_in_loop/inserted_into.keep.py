def f(start, edges):
    queue = [start]
    while queue:
        node = queue.pop(0)
        queue.extend(edges[node])
        queue.insert(1, node)
