def shared(words, others, len):
    return len(set(words) & set(others)) > 0
