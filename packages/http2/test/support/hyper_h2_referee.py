"""A server on hyper-h2 that checks what a client sends. One JSON object per line in, one per line out.

{"do": "open"}                            a new connection
{"do": "receive", "bytes": hex}           octets of the client
{"do": "settings", "values": {id: n}}     SETTINGS
{"do": "window", "stream": n, "by": n}    WINDOW_UPDATE
{"do": "ping"} {"do": "goaway", "last": n} {"do": "answer", "stream": n} {"do": "reset", "stream": n, "code": n}

Each reply holds "send" (hex: what the server sends now), "events", and "error" if the client broke a rule. "refused" says that
hyper-h2 would not do what it was told, for example because the stream has ended.
"""

import json
import sys

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.exceptions import H2Error, ProtocolError

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def describe(event):
    parts = [type(event).__name__]
    if getattr(event, "stream_id", None) is not None:
        parts.append(str(event.stream_id))
    if hasattr(event, "data"):
        parts.append(str(len(event.data)))
    if hasattr(event, "headers"):
        parts.append(dict(event.headers)[":path"])
    return " ".join(parts)


def frames_of(octets):
    """hyper-h2 follows a setting that is acknowledged only after the call that brought the acknowledgement."""
    if octets.startswith(PREFACE):
        yield PREFACE
        octets = octets[len(PREFACE) :]
    while octets:
        end = 9 + int.from_bytes(octets[:3], "big")
        yield octets[:end]
        octets = octets[end:]


def obey(connection, order):
    kind = order["do"]
    if order.get("stream"):
        # hyper-h2 closes the whole connection when it is told to do something about a stream that it does not know.
        stream = connection.streams.get(order["stream"])
        if stream is None or stream.closed:
            raise H2Error("no such stream")
    if kind == "settings":
        # One acknowledgement would count for several SETTINGS frames: hyper-h2 keeps a queue for each setting.
        if any(len(values) > 1 for values in connection.local_settings._settings.values()):
            raise H2Error("SETTINGS that are not acknowledged yet")
        connection.update_settings({int(key): value for key, value in order["values"].items()})
    elif kind == "window":
        connection.increment_flow_control_window(order["by"], order["stream"] or None)
    elif kind == "ping":
        connection.ping(b"\0\1\2\3\4\5\6\7")
    elif kind == "goaway":
        connection.close_connection(last_stream_id=order["last"])
    elif kind == "answer":
        connection.send_headers(order["stream"], [(":status", "200")], end_stream=True)
    elif kind == "reset":
        connection.reset_stream(order["stream"], order["code"])


connection = None
for line in sys.stdin:
    order = json.loads(line)
    reply = {"events": []}
    if order["do"] == "open":
        config = H2Configuration(client_side=False, header_encoding="latin-1")
        connection = H2Connection(config=config)
        connection.initiate_connection()
    elif order["do"] == "receive":
        try:
            for frame in frames_of(bytes.fromhex(order["bytes"])):
                reply["events"] += [describe(event) for event in connection.receive_data(frame)]
        except ProtocolError as error:
            reply["error"] = f"{type(error).__name__}: {error}"
    else:
        try:
            obey(connection, order)
        except H2Error as error:
            reply["refused"] = f"{type(error).__name__}: {error}"
    reply["send"] = connection.data_to_send().hex()
    print(json.dumps(reply), flush=True)
