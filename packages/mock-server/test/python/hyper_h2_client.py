"""A client in the manner of aapns's connection: asyncio and hyper-h2, one connection, requests up to the server's limit.

Arguments and lines as those of aapns_client.py. A connection that says GOAWAY is replaced, and requests above its last
stream id are sent again (RFC 9113 section 6.8). The outcome of the others is "unknown": hyper-h2 reads nothing behind
GOAWAY.
"""

import asyncio
import json
import ssl
import sys

import h2.config
import h2.connection
import h2.events
import h2.exceptions

NOT_PROCESSED = object()
UNKNOWN = object()


class Connection:
    """One connection; `post` waits for a free stream."""

    @classmethod
    async def open(cls, port, context):
        self = cls()
        self.reader, self.writer = await asyncio.open_connection("localhost", port, ssl=context)
        if self.writer.get_extra_info("ssl_object").selected_alpn_protocol() != "h2":
            raise RuntimeError("the server does not speak HTTP/2")
        self.protocol = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.answers = {}
        self.free = asyncio.Condition()
        self.going_away = False
        self.ready = asyncio.get_running_loop().create_future()
        self.protocol.initiate_connection()
        self.flush()
        self.task = asyncio.create_task(self.read())
        await self.ready
        return self

    def flush(self):
        self.writer.write(self.protocol.data_to_send())

    async def post(self, headers, body):
        """The status and body of the answer, NOT_PROCESSED or UNKNOWN."""
        async with self.free:
            await self.free.wait_for(lambda: self.going_away or self.room() > 0)
            if self.going_away:
                return NOT_PROCESSED
            stream = self.protocol.get_next_available_stream_id()
            answer = {"status": None, "body": b"", "done": asyncio.get_running_loop().create_future()}
            self.answers[stream] = answer
            self.protocol.send_headers(stream, headers)
            self.protocol.send_data(stream, body, end_stream=True)
            self.flush()
        return await answer["done"]

    def room(self):
        most = self.protocol.remote_settings.max_concurrent_streams
        return most - self.protocol.open_outbound_streams

    async def read(self):
        try:
            while not self.going_away and (data := await self.reader.read(65536)):
                for event in self.protocol.receive_data(data):
                    self.on_event(event)
                self.flush()
                async with self.free:
                    self.free.notify_all()
        except h2.exceptions.ProtocolError:
            if self.protocol.state_machine.state != h2.connection.ConnectionState.CLOSED:
                raise
        except OSError:
            pass  # The server has closed the connection: that is an end, too.
        finally:
            self.going_away = True
            self.settle(self.answers, UNKNOWN)
            self.writer.close()
            async with self.free:
                self.free.notify_all()

    def on_event(self, event):
        if isinstance(event, h2.events.RemoteSettingsChanged) and not self.ready.done():
            self.ready.set_result(None)
        elif isinstance(event, h2.events.ResponseReceived):
            self.answers[event.stream_id]["status"] = int(dict(event.headers)[":status"])
        elif isinstance(event, h2.events.DataReceived):
            self.answers[event.stream_id]["body"] += event.data
            self.protocol.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            answer = self.answers.pop(event.stream_id)
            answer["done"].set_result((answer["status"], answer["body"]))
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.going_away = True
            self.settle([stream for stream in self.answers if stream > event.last_stream_id], NOT_PROCESSED)

    def settle(self, streams, answer):
        for stream in list(streams):
            self.answers.pop(stream)["done"].set_result(answer)

    async def close(self):
        self.writer.close()
        await self.task


class Client:
    """Replaces its connection when that is going away."""

    def __init__(self, port, context, topic):
        self.port, self.context, self.topic = port, context, topic
        self.connection = None
        self.lock = asyncio.Lock()

    async def connect(self):
        async with self.lock:
            if self.connection is None or self.connection.going_away:
                self.connection = await Connection.open(self.port, self.context)
            return self.connection

    async def send(self, token, text):
        body = json.dumps({"aps": {"alert": text}}).encode()
        headers = [
            (":method", "POST"),
            (":scheme", "https"),
            (":authority", f"localhost:{self.port}"),
            (":path", f"/3/device/{token}"),
            ("apns-topic", self.topic),
            ("apns-push-type", "alert"),
        ]
        answer = NOT_PROCESSED
        while answer is NOT_PROCESSED:
            answer = await (await self.connect()).post(headers, body)
        if answer is UNKNOWN:
            return "unknown"
        status, content = answer
        return "accepted" if status == 200 else json.loads(content)["reason"]


async def main():
    port, ca_file, certificate, topic = sys.argv[1:]
    context = ssl.create_default_context(cafile=ca_file)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols(["h2"])
    client = Client(int(port), context, topic)
    for line in sys.stdin:
        order = json.loads(line)
        outcomes = await asyncio.gather(*(client.send(token, order["text"]) for token in order["tokens"]))
        print(json.dumps(dict(zip(order["tokens"], outcomes))), flush=True)
    await client.connection.close()


asyncio.run(main())
