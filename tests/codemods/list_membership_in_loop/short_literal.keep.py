def f(words):
    vowels = ['a', 'e', 'i']
    return [word for word in words if word in vowels]
