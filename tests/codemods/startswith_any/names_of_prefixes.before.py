def with_names(text, prefixes):
    if not any(text.startswith(p) for p in prefixes) and text:
        return any([text.endswith(p) for p in prefixes[1:]])
    return None


CALLS = ["with_names('abc', ['b', 'a'])", "with_names('abx', [])", "with_names('', [''])"]
