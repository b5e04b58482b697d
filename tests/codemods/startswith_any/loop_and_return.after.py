def is_source(name):
    """Is it?"""
    if name:
        # by its end
        if name.endswith((".py", ".pyw")):
            return True
        return False
    return name.startswith(("a", "b")) or None


CALLS = ["is_source('')", "is_source('a.py')", "is_source('b.pyx')", "is_source(3)"]
