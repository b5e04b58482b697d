from http import HTTPStatus


def phrase(code):
    try:
        return HTTPStatus(code).phrase
    except Exception:
        return ""
