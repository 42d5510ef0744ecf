"""Sends with aapns, wherever it is installed or lies in source. Arguments: port, CA file, certificate file, topic.

Reads one JSON object per line, {"tokens": [...], "text": "..."}, and answers each with the outcomes by token.
"""

import asyncio
import json
import sys

from aapns.api import Server
from aapns.config import Priority
from aapns.errors import APNSError
from aapns.models import Alert, Notification


async def outcome(client, token, text, topic):
    try:
        notification = Notification(alert=Alert(body=text))
        apns_id = await client.send_notification(token, notification, priority=Priority.immediately, topic=topic)
        return "accepted" if apns_id else "accepted without an id"
    except APNSError as error:
        return getattr(error, "codename", type(error).__name__)


async def main():
    port, ca_file, certificate, topic = sys.argv[1:]
    server = Server(certificate, "localhost", int(port), ca_file=ca_file)
    client = await server.create_client()
    try:
        for line in sys.stdin:
            order = json.loads(line)
            sending = (outcome(client, token, order["text"], topic) for token in order["tokens"])
            print(json.dumps(dict(zip(order["tokens"], await asyncio.gather(*sending)))), flush=True)
    finally:
        await client.close()


asyncio.run(main())
