def ends(path, number):
    text = f"{number};x"
    return path.rsplit("/", maxsplit=1)[-1], path.split("/", maxsplit=1)[0], text.split( ';', maxsplit=1)[ 0 ], text.rsplit(";", maxsplit=1)[-1], text.encode().rsplit(b";", maxsplit=1)[-1]


CALLS = ["ends('', 1)", "ends('a/b//c', 'x;y;')", "ends('abc', ';')", "ends(3, 4)", "ends(b'a', 1)"]
