def ends(path, number):
    text = f"{number};x"
    return path.split("/")[-1], path.rsplit("/")[0], text.split( ';' ,)[ 0 ], text.rsplit(";")[-1], text.encode().split(b";")[-1]


CALLS = ["ends('', 1)", "ends('a/b//c', 'x;y;')", "ends('abc', ';')", "ends(3, 4)", "ends(b'a', 1)"]
