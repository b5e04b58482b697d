import re


def cut(pattern, lines):
    out = []
    for line in lines:
        out.append(re.sub(pattern, "-", line))
        out += re.split(f"[{pattern}]", line)
    return out


CALLS = ["cut('a', [])", "cut('a', ['banana', 'b'])"]
