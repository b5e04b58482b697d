def known(rows, text):
    names = (set(text.strip().split(",")))
    lines = set(text.splitlines())
    return [row for row in rows if row in names and row not in lines]


CALLS = ["known('abc', 'a,b')", "known(['a', 'c'], 'a')", "known([], '')"]
