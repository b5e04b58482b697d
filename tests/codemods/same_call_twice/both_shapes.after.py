def names(rows, key):
    table = dict(rows)
    if (get_result := table.get(key)) is not None:
        found = [get_result, len(rows)]
    else:
        found = []
    return found, found_2 if (found_2 := table.get("b")) else 0, index_result if (index_result := rows.index("ab")) > 0 else None


CALLS = ["names(['ab', 'ba'], 'a')", "names(['xx', 'ab'], 'b')", "names([], 1)", "names(['ab'], [])"]
