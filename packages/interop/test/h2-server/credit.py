"""Flow-control credit that a connection returns to the client, and the speed of its reads."""

import asyncio


class Credit:
    """"automatic" returns credit at once, "none" never; {"bytes": n, "every": ms} returns it in small steps."""

    def __init__(self, connection, policy="automatic"):
        self._connection = connection
        self._policy = policy
        self._task = asyncio.ensure_future(self._dribble()) if isinstance(policy, dict) else None

    def received(self, stream, length):
        if self._policy == "automatic" and length > 0:
            self._connection.h2.acknowledge_received_data(length, stream)

    def stop(self):
        if self._task is not None:
            self._task.cancel()

    async def _dribble(self):
        while True:
            await asyncio.sleep(self._policy["every"] / 1000)
            for stream in self._connection.unfinished_streams():
                self._connection.open_window(self._policy["bytes"], stream)
                self._connection.open_window(self._policy["bytes"])
            self._connection.flush()


class Pace:
    """Pauses after each chunk."""

    def __init__(self, transport, every):
        self._transport = transport
        self._every = every
        self._handle = None

    def received(self):
        if self._every is None:
            return
        self._transport.pause_reading()
        self._handle = asyncio.get_running_loop().call_later(self._every / 1000, self._transport.resume_reading)

    def stop(self):
        if self._handle is not None:
            self._handle.cancel()
