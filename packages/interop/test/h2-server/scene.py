"""One listener with its script and its ledger: the stage of one test case."""

import asyncio
import socket

from connection import Connection
from ledger import Ledger
from script import Script


class Scene:
    def __init__(self, script, context, say):
        self.script = Script(script)
        self.ledger = Ledger()
        self.say = say
        self._context = context
        self._server = None
        self._port = 0
        self._reserved = None
        self._count = 0
        self._connections = {}

    async def listen(self):
        loop = asyncio.get_running_loop()
        self._release_port()
        self._server = await loop.create_server(
            lambda: Connection(self), "127.0.0.1", self._port, ssl=self._context, reuse_address=True)
        self._port = self._server.sockets[0].getsockname()[1]
        self.say({"event": "listening", "port": self._port})

    async def set_listening(self, listening):
        if not listening:
            self._stop_listening()
            self._reserve_port()
        elif self._server is None:
            await self.listen()

    async def act(self, actions, number):
        """Makes one connection, or all connections, act. Without a connection, only actions of the listener work."""
        wanted = list(self._connections) if number is None else [number]
        # A connection that has ended cannot act.
        connections = [self._connections[each] for each in wanted if each in self._connections]
        if not connections:
            connections = [_NoConnection(self)]
        for connection in connections:
            await connection.perform(actions)
        self.say({"event": "done"})

    def connected(self, connection):
        self._count += 1
        self._connections[self._count] = connection
        self.say({"event": "connected", "connection": self._count})
        return self._count, self.script.connection(self._count)

    def disconnected(self, connection):
        self._connections.pop(connection.number, None)
        self.say({"event": "disconnected", "connection": connection.number})

    def tell(self, event, attempt):
        self.say({"event": event, "key": attempt.key, "attempt": attempt.number, "connection": attempt.connection,
                  "stream": attempt.stream})

    def tell_ledger(self):
        self.say({"event": "ledger", "ledger": self.ledger.to_json()})

    async def close(self):
        self.abort()
        self.say({"event": "closed", "ledger": self.ledger.to_json()})

    def abort(self):
        self._stop_listening()
        self._release_port()
        for connection in list(self._connections.values()):
            connection.abort()

    def _reserve_port(self):
        """Refuses connections, but keeps the port, because this scene's client still connects to it."""
        self._release_port()
        self._reserved = socket.socket()
        self._reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._reserved.bind(("127.0.0.1", self._port))

    def _release_port(self):
        if self._reserved is not None:
            self._reserved.close()
            self._reserved = None

    def _stop_listening(self):
        if self._server is not None:
            self._server.close()
            self._server = None


class _NoConnection:
    """Replaces the connection if there is none, so that actions of the listener work."""

    def __init__(self, scene):
        self.scene = scene

    def flush(self):
        pass

    async def perform(self, actions):
        for action in actions:
            if "listen" in action:
                await self.scene.set_listening(action["listen"])
