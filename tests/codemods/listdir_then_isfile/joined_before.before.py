import os


def folders(path):
    found = []
    for name in os.listdir(path):
        place = os.path.join(path, name)
        if name[0] != "_" and os.path.isdir(place):
            found.append(place)
    return found


CALLS = ["folders(os.path.dirname(os.__file__))", "folders('/nowhere/at/all')"]
