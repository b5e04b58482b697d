import os


def kinds(path):
    total = 0
    for entry in os.scandir(path):
        # look
        name = entry.name
        if name.startswith("_") or (entry.is_dir()):
            total += 1
        elif not entry.is_file():
            print(os.path.join(path, name))
    return total


CALLS = ["kinds(os.path.dirname(os.__file__))", "kinds('/nowhere/at/all')"]
