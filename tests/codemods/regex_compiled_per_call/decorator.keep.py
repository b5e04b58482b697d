import re


@register(re.compile('a'))
def f():
    pass
