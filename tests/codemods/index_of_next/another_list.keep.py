def place(points, others):
    return points.index(next(point for point in others if point))
