from enum import IntEnum


class HTTPStatus(IntEnum):
    OK = 200

    @classmethod
    def _missing_(cls, value):
        return cls.OK


def phrase(code):
    try:
        return HTTPStatus(code).name
    except ValueError:
        return ""
