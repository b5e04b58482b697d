from http import HTTPStatus


def phrase(code):
    try:
        text = HTTPStatus(code).phrase
    except ValueError:
        text = ""
    else:
        text = text.upper()
    return text
