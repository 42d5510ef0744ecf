"""What a scene does, as data from the test."""

ACCEPT = {"whole": [{"answer": {"status": 200}}]}


class Script:
    """Answers two questions: how does a connection begin, and what happens to an attempt.

    "connections" is a list, one entry for each connection in the order of arrival; the last entry counts for all later
    ones. "requests" is a list of steps, one for each attempt of a request; attempts after the last step are accepted,
    unless "afterwards" names another step. "paths" may give single paths a list of their own.
    """

    def __init__(self, script):
        self._connections = script.get("connections", [])
        self._requests = script.get("requests", [])
        self._paths = script.get("paths", {})
        self._afterwards = script.get("afterwards", ACCEPT)

    def connection(self, number):
        """The plan of the connection with this number, which counts from 1."""
        if not self._connections:
            return {}
        return self._connections[min(number, len(self._connections)) - 1]

    def step(self, path, attempt):
        """What happens to this attempt, which counts from 1."""
        steps = self._paths.get(path, self._requests)
        return steps[attempt - 1] if attempt <= len(steps) else self._afterwards
