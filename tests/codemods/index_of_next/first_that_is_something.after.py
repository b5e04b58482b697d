def start(items):
    if not items:
        return None
    return next((i for i, item in enumerate(items) if item is not None), 0)


CALLS = ["start([])", "start([None, None])", "start([None, 3, 3])", "start('ab')"]
