LISTS = [[1], [2]]
FLAT = sum(LISTS, [])
