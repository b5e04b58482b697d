def with_names(text, prefixes):
    if not text.startswith(tuple(prefixes)) and text:
        return text.endswith(tuple(prefixes[1:]))
    return None


CALLS = ["with_names('abc', ['b', 'a'])", "with_names('abx', [])", "with_names('', [''])"]
