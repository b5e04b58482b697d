from http import HTTPStatus


def phrase(code, unknown):
    try:
        text = HTTPStatus(code).phrase
    except ValueError:
        text = unknown(code)
    return text
