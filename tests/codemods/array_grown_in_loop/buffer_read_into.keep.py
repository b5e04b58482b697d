import numpy as np


def f(file):
    a = np.zeros(1)
    buffer = bytearray(8)
    while size := file.readinto(buffer):
        a = np.concatenate([a, np.frombuffer(buffer)])
        print(size)
    b = np.zeros(1)
    while file.readinto(buffer):
        b = np.concatenate([b, buffer[:4]])
    return a, b
