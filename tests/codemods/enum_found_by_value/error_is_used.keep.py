from http import HTTPStatus


def phrase(code):
    try:
        text = HTTPStatus(code).phrase
    except ValueError as error:
        text = str(error)
    return text
