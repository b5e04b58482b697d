def kind(word):
    if word.lower() in {
        "a", "e",
        "i",  # not y
        "o",
    }:
        return 1
    return 2 if len(word) in {1, 2, 3, 5} else len(word) not in ({8, 9, 10, 11})


CALLS = ["kind('A')", "kind('b')", "kind('abcd')", "kind('abcdefgh')", "kind(1)"]
