"""Whether Perfwright and its peers call equal code slower, and find what is slower; see docs/accuracy.md.

make accuracy [MINUTES=30] [ONLY=REGEX]
"""
