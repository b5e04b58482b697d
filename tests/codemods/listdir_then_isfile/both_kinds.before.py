import os


def kinds(path):
    total = 0
    for name in os.listdir(path):
        # look
        if name.startswith("_") or (os.path.isdir(os.path.join(path, name))):
            total += 1
        elif not os.path.isfile(os.path.join(path, name)):
            print(os.path.join(path, name))
    return total


CALLS = ["kinds(os.path.dirname(os.__file__))", "kinds('/nowhere/at/all')"]
