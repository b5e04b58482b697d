def known(rows, text):
    names = (text.strip().split(","))
    lines = text.splitlines()
    return [row for row in rows if row in names and row not in lines]


CALLS = ["known('abc', 'a,b')", "known(['a', 'c'], 'a')", "known([], '')"]
