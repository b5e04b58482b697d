def f(words):
    vowels = ['a', 'e', 'i', 'o', 'u']
    return [word for word in words if word in vowels]
