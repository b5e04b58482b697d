D = {}
if D.get(1):
    print(D.get(1))
