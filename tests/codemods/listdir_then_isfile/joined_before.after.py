import os


def folders(path):
    found = []
    for entry in os.scandir(path):
        name = entry.name
        place = os.path.join(path, name)
        if name[0] != "_" and entry.is_dir():
            found.append(place)
    return found


CALLS = ["folders(os.path.dirname(os.__file__))", "folders('/nowhere/at/all')"]
