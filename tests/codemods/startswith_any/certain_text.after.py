def kinds(number):
    name = f"n{number}"
    return name.endswith(("1", "2")), name.startswith(("n",))


CALLS = ["kinds(1)", "kinds(23)"]
