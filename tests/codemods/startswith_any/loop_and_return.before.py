def is_source(name):
    """Is it?"""
    if name:
        # by its end
        for end in [".py", ".pyw"]:
            if name.endswith(end):
                return True
        return False
    return any(tuple(name.startswith(start) for start in ("a", "b"))) or None


CALLS = ["is_source('')", "is_source('a.py')", "is_source('b.pyx')", "is_source(3)"]
