import signal
from http import HTTPStatus
from signal import Signals

_HTTPSTATUS_PHRASE = {one.value: one.phrase for one in HTTPStatus}
_HTTPSTATUS_DESCRIPTION = {one.value: one.description for one in HTTPStatus}
_SIGNALS_NAME = {one.value: one.name for one in Signals}


class Answer:
    def __init__(self, status):
        self.status = status

    def reason(self):
        # what people read
        return _HTTPSTATUS_PHRASE.get(self.status, "unknown")


def described(line):
    code = len(line)
    text = _HTTPSTATUS_DESCRIPTION.get(code, None)
    return text


def ended(number):
    name = _SIGNALS_NAME.get(number, "no signal")
    return name


CALLS = [
    "Answer(200).reason()", "Answer(HTTPStatus.OK).reason()", "Answer(7).reason()", "Answer('200').reason()",
    "Answer(404.0).reason()", "described('x' * 404)", "described('')", "ended(signal.SIGTERM)", "ended(0)", "ended(15)",
]
