"""A client of the binary protocol, from the description of the format alone. Python's standard library is all it needs.

Reads lines of JSON from its standard input, each with token (hexadecimal) and payload, and sends them with the command
of its argument. When the server refuses one, it tells so and sends everything behind it again. The last line has to be
one that is refused: then the client knows that everything before has gone well.
"""

import json
import socket
import ssl
import struct
import sys

port, ca, cert, key, command = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5])
notifications = [json.loads(line) for line in sys.stdin]

context = ssl.create_default_context(cafile=ca)
context.load_cert_chain(cert, key)


def frame(identifier, token, payload):
    if command == 0:
        return struct.pack("!BH", 0, len(token)) + token + struct.pack("!H", len(payload)) + payload
    if command == 1:
        head = struct.pack("!BIIH", 1, identifier, 2000000000, len(token))
        return head + token + struct.pack("!H", len(payload)) + payload
    items = b""
    for number, data in (
        (1, token),
        (2, payload),
        (3, struct.pack("!I", identifier)),
        (4, struct.pack("!I", 2000000000)),
        (5, struct.pack("!B", 5)),
    ):
        items += struct.pack("!BH", number, len(data)) + data
    return struct.pack("!BI", 2, len(items)) + items


def read_answer(connection):
    answer = b""
    while len(answer) < 6:
        piece = connection.recv(6 - len(answer))
        if not piece:
            return None
        answer += piece
    return struct.unpack("!BBI", answer)


position = 0
while position < len(notifications):
    plain = socket.create_connection(("127.0.0.1", port))
    connection = context.wrap_socket(plain, server_hostname="localhost")
    try:
        for identifier in range(position, len(notifications)):
            one = notifications[identifier]
            connection.sendall(frame(identifier, bytes.fromhex(one["token"]), one["payload"].encode()))
    except OSError:
        pass
    answer = read_answer(connection)
    connection.close()
    if answer is None:
        print(json.dumps({"cut": position}), flush=True)
        break
    _, status, identifier = answer
    print(json.dumps({"status": status, "identifier": identifier, "tls": context.maximum_version.name}), flush=True)
    if command == 0:
        break
    position = identifier + 1
