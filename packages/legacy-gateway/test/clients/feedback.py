"""Reads a feedback list to its end, from the description of the format alone."""

import json
import socket
import ssl
import struct
import sys

port, ca, cert, key = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
context = ssl.create_default_context(cafile=ca)
context.load_cert_chain(cert, key)
connection = context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="localhost")
data = b""
while True:
    piece = connection.recv(7)
    if not piece:
        break
    data += piece
connection.close()
while data:
    time, length = struct.unpack("!IH", data[:6])
    print(json.dumps({"time": time, "token": data[6 : 6 + length].hex()}))
    data = data[6 + length :]
