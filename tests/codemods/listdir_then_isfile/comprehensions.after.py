import os


def files(path, entry):
    names = [name_entry.name for name_entry in os.scandir(path) if name_entry.is_file() and name_entry.name != entry]
    return names, {f"{n_entry.name}/" for n_entry in os.scandir(path) if (n_entry.is_dir())}, [n for n in names]


CALLS = ["files(os.path.dirname(os.__file__), 'os.py')", "files('/nowhere/at/all', 1)"]
