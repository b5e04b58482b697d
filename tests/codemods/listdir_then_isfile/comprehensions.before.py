import os


def files(path, entry):
    names = [name for name in os.listdir(path) if os.path.isfile(os.path.join(path, name)) and name != entry]
    return names, {f"{n}/" for n in os.listdir(path) if (os.path.isdir(os.path.join(path, n)))}, [n for n in names]


CALLS = ["files(os.path.dirname(os.__file__), 'os.py')", "files('/nowhere/at/all', 1)"]
