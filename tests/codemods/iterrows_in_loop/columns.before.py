class Frame:
    def __init__(self, **columns):
        self.columns = columns

    def __len__(self):
        return min(map(len, self.columns.values()), default=0)

    def __getitem__(self, name):
        return iter(self.columns[name])

    def iterrows(self):
        for index in range(len(self)):
            yield index, {name: values[index] for name, values in self.columns.items()}


def lines(frame, other, shout):
    found = []
    for _, row in frame.iterrows():
        kind = row["kind"]
        if kind == "x" and row['unit price'] is not None:
            found.append(f"{row['id']}: {row['unit price'] * 2}")
        if shout:
            found.append("!")
    for _, row in other.iterrows():
        if row["kind"] in found:
            continue
        found += [row["kind"]]
    else:
        found.append("end")
    return found


def kinds(frame):
    return [row["kind"].upper() for (i, row) in frame.iterrows() if row["kind"]], {
        row["id"]: [row["kind"]] for _, row in frame.iterrows()
    }


def halves(frame, class_):
    return [
        (lambda: (sum_, row_sum))()
        for sum_, row_sum in [[row["sum"] / 2, row["class"]] for i, row in frame.iterrows()]
    ], class_


CALLS = [
    "lines(Frame(), Frame(), False)",
    "lines(Frame(kind='xyx', id=[1, 2, 3], **{'unit price': [5, None, 7]}), Frame(kind='yy'), True)",
    "lines(Frame(kind='xx', id=[1, 2], **{'unit price': [None, 7]}), Frame(), False)",
    "lines(Frame(kind=[], id=[]), Frame(kind='y'), False)",
    "kinds(Frame(kind=['ab', '', 'c'], id=[1, 2, 1]))",
    "kinds(Frame())",
    "halves(Frame(sum=[1, 2], **{'class': 'ab'}), 3)",
    "halves(Frame(), 3)",
]
