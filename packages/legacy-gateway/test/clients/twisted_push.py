"""A client of command 0 on Twisted, of the kind that the first tutorials showed: it writes and hopes for the best."""

import json
import struct
import sys

from twisted.internet import reactor, ssl
from twisted.internet.protocol import ClientFactory, Protocol

port, cert, key = int(sys.argv[1]), sys.argv[2], sys.argv[3]
notifications = [json.loads(line) for line in sys.stdin]


class PushProtocol(Protocol):
    def connectionMade(self):
        for one in notifications:
            token, payload = bytes.fromhex(one["token"]), one["payload"].encode()
            self.transport.write(struct.pack("!BH32sH%ds" % len(payload), 0, 32, token, len(payload), payload))

    def dataReceived(self, data):
        print(json.dumps({"answer": data.hex()}), flush=True)

    def connectionLost(self, reason):
        if reactor.running:
            reactor.stop()


class PushFactory(ClientFactory):
    protocol = PushProtocol

    def clientConnectionFailed(self, connector, reason):
        print(json.dumps({"failed": str(reason.value)}), flush=True)
        reactor.stop()


reactor.connectSSL("127.0.0.1", port, PushFactory(), ssl.DefaultOpenSSLContextFactory(key, cert))
reactor.run()
