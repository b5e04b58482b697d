import token


def spaces(kinds):
    blank = [token.INDENT, token.DEDENT, token.NEWLINE, token.NL]
    return [kind in blank for kind in kinds]


CALLS = ["spaces([])", "spaces([token.NL, token.NAME, 'a', None])"]
