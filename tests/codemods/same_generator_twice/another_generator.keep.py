def spread(values, others):
    return max(abs(value) for value in values) - min(abs(value) for value in others)
