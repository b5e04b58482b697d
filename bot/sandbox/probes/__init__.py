"""Small attacks that a driver must withstand before anything runs in it; each is a file, run whole inside.

A probe has one function, `attack(world)`, which returns what it got, or None. The first line of its docstring says what
a job can do where it works, the last one how to mend that. Partner: `bot/sandbox/selftest.py`.
"""
