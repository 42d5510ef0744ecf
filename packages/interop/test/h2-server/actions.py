"""The actions of a script. Each function takes the connection, the attempt (or None) and its argument."""

import asyncio
import json

from h2.errors import ErrorCodes
from hyperframe.frame import GoAwayFrame, WindowUpdateFrame

from settings import coded

HIGHEST_STREAM = 0x7FFF_FFFF


def _code(name):
    return ErrorCodes[name] if isinstance(name, str) else name


def _body_parts(body):
    if body is None:
        return []
    if isinstance(body, dict):
        return [json.dumps(body).encode()]
    parts = body if isinstance(body, list) else [body]
    return [part.encode() for part in parts]


def head(connection, attempt, argument):
    """The head of an answer, without an end."""
    fields = [(":status", str(argument["status"])), *argument.get("headers", {}).items()]
    connection.h2.send_headers(attempt.stream, fields)
    attempt.answer_began()


def answer(connection, attempt, argument):
    """A whole answer. "end" says how it ends: with the last frame, in a separate frame, or by trailers."""
    status, end = argument["status"], argument.get("end", "last")
    fields = [(":status", str(status)), ("apns-id", attempt.key), *argument.get("headers", {}).items()]
    parts = _body_parts(argument.get("body"))
    if end == "separate":
        parts.append(b"")
    ends_at_once = not parts and end == "last"
    connection.h2.send_headers(attempt.stream, fields, end_stream=ends_at_once)
    attempt.answer_began()
    for index, part in enumerate(parts):
        last = index == len(parts) - 1 and end != "trailers"
        connection.h2.send_data(attempt.stream, part, end_stream=last)
    if end == "trailers":
        connection.h2.send_headers(attempt.stream, [("x-end", "1")], end_stream=True)
    attempt.answered(status)


def reset(connection, attempt, argument):
    code = _code(argument)
    connection.h2.reset_stream(attempt.stream, code)
    attempt.was_reset(int(code), code == ErrorCodes.REFUSED_STREAM)


def goaway(connection, attempt, argument):
    """hyper-h2 accepts no frames after its own GOAWAY, but APNs still answers. So the frame bypasses hyper-h2."""
    stream = attempt.stream if attempt is not None else connection.h2.highest_inbound_stream_id
    last = argument.get("last", "this")
    if isinstance(last, str):
        last = {"below": max(0, stream - 2), "this": stream, "above": HIGHEST_STREAM}[last]
    debug = b"".join(_body_parts(argument.get("debug")))
    frame = GoAwayFrame(0, last_stream_id=last, error_code=_code(argument.get("code", "NO_ERROR")),
                        additional_data=debug)
    connection.flush()
    connection.write(frame.serialize())
    connection.said_goaway(last)


def settings(connection, _attempt, argument):
    connection.h2.update_settings(coded(argument))


def window(connection, attempt, argument):
    """Credit for the connection and, if there is an attempt, for its stream."""
    if "connection" in argument:
        connection.open_window(argument["connection"])
    if "stream" in argument:
        connection.open_window(argument["stream"], argument.get("id") or attempt.stream)


def raw_window(connection, _attempt, argument):
    """A WINDOW_UPDATE frame that bypasses hyper-h2."""
    connection.flush()
    connection.write(WindowUpdateFrame(argument.get("stream", 0), window_increment=argument["by"]).serialize())


def ping(connection, _attempt, _argument):
    connection.h2.ping(b"judgejud")


def read(connection, _attempt, argument):
    if argument:
        connection.transport.resume_reading()
    else:
        connection.transport.pause_reading()


def mute(connection, _attempt, argument):
    """The server still reads, but sends nothing, not even the answer to a PING."""
    connection.flush()
    connection.muted = argument


def close(connection, _attempt, argument):
    connection.flush()
    connection.close(argument)


def listen(connection, _attempt, argument):
    """false: the server refuses new connections."""
    return connection.scene.set_listening(argument)


async def wait(_connection, _attempt, argument):
    await asyncio.sleep(argument / 1000)


ACTIONS = {
    "head": head,
    "answer": answer,
    "reset": reset,
    "goaway": goaway,
    "settings": settings,
    "window": window,
    "rawWindow": raw_window,
    "ping": ping,
    "read": read,
    "mute": mute,
    "close": close,
    "listen": listen,
    "wait": wait,
}


async def perform(connection, attempt, actions):
    """Performs actions in order. The frames between two waits leave in one write."""
    for action in actions:
        for name, argument in action.items():
            result = ACTIONS[name](connection, attempt, argument)
            if asyncio.iscoroutine(result):
                connection.flush()
                await result
    connection.flush()
