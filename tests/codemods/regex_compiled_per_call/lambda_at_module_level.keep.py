import re

f = lambda text: re.search('a', text)
