import re


def cut(pattern, lines):
    out = []
    compiled = re.compile(pattern)
    compiled_2 = re.compile(f"[{pattern}]")
    for line in lines:
        out.append(compiled.sub("-", line))
        out += compiled_2.split(line)
    return out


CALLS = ["cut('a', [])", "cut('a', ['banana', 'b'])"]
