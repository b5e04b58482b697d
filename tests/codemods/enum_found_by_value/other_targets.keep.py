from http import HTTPStatus


def phrase(code):
    text = other = None
    try:
        text = HTTPStatus(code).phrase
    except ValueError:
        other = ""
    return text, other
