import re

PATTERN = re.compile('a')
FOUND = re.search('a', 'b')
