from operator import itemgetter


def ordered(tables):
    return sorted(tables, key=lambda table: table[0,]), max(tables, key=lambda table: table["a",]), itemgetter
