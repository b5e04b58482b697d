def kinds(number):
    name = f"n{number}"
    return any([name.endswith(end) for end in ["1", "2"]]), any(name.startswith(p) for p in ("n",))


CALLS = ["kinds(1)", "kinds(23)"]
