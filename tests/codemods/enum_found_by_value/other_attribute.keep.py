from http import HTTPStatus


def text(code):
    try:
        return HTTPStatus(code).is_success
    except ValueError:
        return ""
