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
    for row_kind, unit_price, row_id in zip(frame["kind"], frame['unit price'], frame['id']) if len(frame) else ():
        kind = row_kind
        if kind == "x" and unit_price is not None:
            found.append(f"{row_id}: {unit_price * 2}")
        if shout:
            found.append("!")
    for row_kind_2 in other["kind"] if len(other) else ():
        if row_kind_2 in found:
            continue
        found += [row_kind_2]
    else:
        found.append("end")
    return found


def kinds(frame):
    return [kind.upper() for (kind) in (frame["kind"] if len(frame) else ()) if kind], {
        row_id: [row_kind] for row_id, row_kind in (zip(frame["id"], frame["kind"]) if len(frame) else ())
    }


def halves(frame, class_):
    return [
        (lambda: (sum_, row_sum))()
        for sum_, row_sum in [[row_sum_2 / 2, row_class] for row_sum_2, row_class in (zip(frame["sum"], frame["class"]) if len(frame) else ())]
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
