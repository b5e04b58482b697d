def f(text):
    import re
    return re.search('a', text)
