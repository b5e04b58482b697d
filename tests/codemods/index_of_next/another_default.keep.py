def place(points):
    return points.index(next((point for point in points if point), 0))
