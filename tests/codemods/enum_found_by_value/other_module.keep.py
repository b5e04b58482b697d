from elsewhere import HTTPStatus


def phrase(code):
    try:
        return HTTPStatus(code).phrase
    except ValueError:
        return ""
