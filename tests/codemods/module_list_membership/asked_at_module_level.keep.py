_NAMES = ['a', 'b', 'c', 'd']
X = 'a' in _NAMES
