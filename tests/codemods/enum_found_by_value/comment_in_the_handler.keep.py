from http import HTTPStatus


def phrase(code):
    try:
        text = HTTPStatus(code).phrase
    except ValueError:  # a code of their own
        text = ""
    return text
