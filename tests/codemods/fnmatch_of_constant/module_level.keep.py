import fnmatch
import os
import re

X = fnmatch.fnmatch('a', 'b')
