"""The server's record of requests and connections."""


class Attempt:
    """One request on one stream."""

    def __init__(self, key, path, number, connection, stream):
        self.key = key
        self.path = path
        self.number = number
        self.connection = connection
        self.stream = stream
        self.bytes = 0
        # The whole request has arrived.
        self.whole = False
        # The server has sent the head of an answer.
        self.began = False
        # Status of the whole answer.
        self.status = None
        # RST_STREAM code that the server sent.
        self.reset = None
        # The server reported by REFUSED_STREAM or GOAWAY, before any answer, that it did not process the request.
        self.disowned = False
        # The client cancelled the request.
        self.cancelled = False

    def answer_began(self):
        self.began = True

    def answered(self, status):
        self.status = status

    def was_reset(self, code, refused):
        self.reset = code
        self.disowned = self.disowned or (refused and not self.began)

    def goaway(self, last_stream):
        if self.stream > last_stream and not self.began:
            self.disowned = True

    def to_json(self):
        return dict(vars(self))


class Ledger:
    """Every attempt of every request, and for each connection its frames and the rules that the client broke."""

    def __init__(self):
        self._attempts = []
        self._counts = {}
        self._connections = {}

    def open(self, key, path, connection, stream):
        number = self._counts.get(key, 0) + 1
        self._counts[key] = number
        attempt = Attempt(key, path, number, connection, stream)
        self._attempts.append(attempt)
        return attempt

    def connected(self, number, frames):
        self._connections[number] = {"frames": frames, "violations": []}

    def violation(self, connection, text):
        self._connections[connection]["violations"].append(text)

    def to_json(self):
        connections = [
            {"number": number, "frames": facts["frames"].text(), "violations": facts["violations"]}
            for number, facts in self._connections.items()
        ]
        return {"attempts": [attempt.to_json() for attempt in self._attempts], "connections": connections}
