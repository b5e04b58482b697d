NAMES = ['a', 'b', 'c']
X = 'a' in NAMES
