from itertools import chain


def flat(rows, more):
    return list(chain(*rows, more)), list(chain(rows)), list(chain(*rows, *more))
