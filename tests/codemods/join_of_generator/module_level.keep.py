XS = 'abc'
TEXT = ','.join(x for x in XS)
