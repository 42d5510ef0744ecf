"""The behaviour of a scene, as data from the test."""

ACCEPT = {"whole": [{"answer": {"status": 200}}]}


class Script:
    """Gives the plan of each connection, and the step of each attempt.

    "connections" is a list with one entry per connection, in the order of arrival. The last entry applies to all
    later connections. "requests" is a list of steps, one per attempt of a request. Attempts after the last step are
    accepted, unless "afterwards" has another step. "paths" may have separate lists for single paths.
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
        """The step of the attempt with this number, which counts from 1."""
        steps = self._paths.get(path, self._requests)
        return steps[attempt - 1] if attempt <= len(steps) else self._afterwards
