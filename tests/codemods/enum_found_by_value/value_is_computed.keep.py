from http import HTTPStatus


def phrase(text):
    try:
        return HTTPStatus(int(text)).phrase
    except ValueError:
        return ""
