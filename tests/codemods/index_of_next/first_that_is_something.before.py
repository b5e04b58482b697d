def start(items):
    if not items:
        return None
    return items.index(
        next((item for item in items if item is not None), None)
    )


CALLS = ["start([])", "start([None, None])", "start([None, 3, 3])", "start('ab')"]
