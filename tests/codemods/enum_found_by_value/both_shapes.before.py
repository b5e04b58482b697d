import signal
from http import HTTPStatus
from signal import Signals


class Answer:
    def __init__(self, status):
        self.status = status

    def reason(self):
        # what people read
        try:
            return HTTPStatus(self.status).phrase
        except ValueError:
            return "unknown"


def described(line):
    code = len(line)
    try:
        text = HTTPStatus(code).description
    except ValueError:
        text = None
    return text


def ended(number):
    try:
        name = Signals(number).name
    except ValueError:
        name = "no signal"
    return name


CALLS = [
    "Answer(200).reason()", "Answer(HTTPStatus.OK).reason()", "Answer(7).reason()", "Answer('200').reason()",
    "Answer(404.0).reason()", "described('x' * 404)", "described('')", "ended(signal.SIGTERM)", "ended(0)", "ended(15)",
]
