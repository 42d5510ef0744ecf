"""One connection: bytes into hyper-h2, its events into the ledger, the script's actions back."""

import asyncio
import socket
import struct

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded, StreamReset
from h2.exceptions import NoSuchStreamError, ProtocolError

from actions import perform
from credit import Credit, Pace
from frame_log import FrameLog
from settings import apply_first

# l_onoff 1, l_linger 0: closing the socket sends RST.
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Connection(asyncio.Protocol):
    def __init__(self, scene):
        self.scene = scene
        self.number = 0
        self.transport = None
        self.muted = False
        self.h2 = H2Connection(config=H2Configuration(client_side=False, header_encoding="utf-8"))
        self._frames = FrameLog()
        self._attempts = {}
        self._tasks = set()
        self._credit = None
        self._pace = None
        self._answers = True
        self._closed = False
        # A GOAWAY announced that streams above this id are not processed.
        self._last_stream = None

    # Called by asyncio

    def connection_made(self, transport):
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.number, plan = self.scene.connected(self)
        self.scene.ledger.connected(self.number, self._frames)
        self._credit = Credit(self, plan.get("credit", "automatic"))
        self._pace = Pace(transport, plan.get("readEvery"))
        self._answers = plan.get("answers", True)
        apply_first(self.h2, plan.get("settings", {}))
        self.h2.initiate_connection()
        if plan.get("connectionWindow", 0) > 65_535:
            self.h2.increment_flow_control_window(plan["connectionWindow"] - 65_535)
        self.flush()
        self.start(None, plan.get("begin", []))

    def data_received(self, data):
        if self._closed:
            return
        self._frames.add(data)
        self._pace.received()
        try:
            events = self.h2.receive_data(data)
        except ProtocolError as error:
            self._break_off(error)
            return
        for event in events:
            self._on_event(event)
        self.flush()

    def connection_lost(self, _error):
        self._closed = True
        self._credit.stop()
        self._pace.stop()
        self.scene.disconnected(self)

    # Called by actions

    def start(self, attempt, actions):
        if not actions:
            return
        task = asyncio.ensure_future(self._perform(attempt, actions))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def perform(self, actions):
        await self._perform(None, actions)

    def flush(self):
        self.write(self.h2.data_to_send())

    def write(self, data):
        if data and not self.muted and not self._closed and not self.transport.is_closing():
            self.transport.write(data)

    def open_window(self, increment, stream=None):
        try:
            self.h2.increment_flow_control_window(increment, stream)
        except (NoSuchStreamError, ProtocolError):
            pass  # The stream has ended meanwhile.

    def unfinished_streams(self):
        return [stream for stream, attempt in self._attempts.items() if not attempt.whole and not attempt.cancelled]

    def said_goaway(self, last_stream):
        self._last_stream = last_stream
        for attempt in self._attempts.values():
            if attempt.status is None:
                attempt.goaway(last_stream)

    def close(self, how):
        """"fin" ends TLS and TCP in order, "reset" sends a TCP reset."""
        if how == "reset":
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            self.transport.abort()
        else:
            self.transport.close()
        self._closed = True

    def abort(self):
        self._closed = True
        for task in list(self._tasks):
            task.cancel()
        self.transport.abort()

    # Events

    def _on_event(self, event):
        if isinstance(event, RequestReceived):
            self._on_head(event)
        elif isinstance(event, DataReceived):
            attempt = self._attempts[event.stream_id]
            attempt.bytes += len(event.data)
            try:
                self._credit.received(event.stream_id, event.flow_controlled_length)
            except ProtocolError:
                pass  # The script has reset the stream meanwhile.
        elif isinstance(event, StreamEnded):
            attempt = self._attempts[event.stream_id]
            attempt.whole = True
            self.scene.tell("whole", attempt)
            if self._is_beyond(attempt):
                return
            self.start(attempt, self._step(attempt).get("whole", []))
        elif isinstance(event, StreamReset) and event.remote_reset:
            attempt = self._attempts[event.stream_id]
            attempt.cancelled = True
            self.scene.tell("cancelled", attempt)

    def _on_head(self, event):
        fields = dict(event.headers)
        path = fields[":path"]
        attempt = self.scene.ledger.open(fields.get("apns-id", path), path, self.number, event.stream_id)
        self._attempts[event.stream_id] = attempt
        self.scene.tell("head", attempt)
        if self._is_beyond(attempt):
            attempt.disowned = True
            return
        self.start(attempt, self._step(attempt).get("head", []))

    def _is_beyond(self, attempt):
        """Whether the client sent the stream before it read the GOAWAY that excludes it."""
        return self._last_stream is not None and attempt.stream > self._last_stream and not attempt.began

    def _step(self, attempt):
        if not self._answers:
            return {}
        return self.scene.script.step(attempt.path, attempt.number)

    async def _perform(self, attempt, actions):
        try:
            await perform(self, attempt, actions)
        except ProtocolError as error:
            # The stream or connection ended before the action. The client broke no rule.
            self.flush()
            self.scene.say({"event": "missed", "connection": self.number, "text": f"{type(error).__name__}: {error}"})
        if attempt is not None:
            self.scene.tell("acted", attempt)

    def _break_off(self, error):
        text = f"{type(error).__name__}: {error}"
        self.scene.ledger.violation(self.number, text)
        self.scene.say({"event": "violation", "connection": self.number, "text": text})
        self.flush()
        self.transport.close()
        self._closed = True
