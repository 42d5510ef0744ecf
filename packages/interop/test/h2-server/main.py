"""A scripted APNs server on hyper-h2. Commands come in on stdin and events go out on stdout, one JSON object per line.

Arguments: certificate file, key file. The server ends when stdin ends.

Commands, each with the scene's number in "scene":

  {"scene": 1, "open": <script>}               listens on a free port   -> {"event": "listening", "port": ...}
  {"scene": 1, "do": [<action> ...], "to": 2}  acts on connection 2     -> {"event": "done"}
  {"scene": 1, "ask": "ledger"}                                         -> {"event": "ledger", "ledger": ...}
  {"scene": 1, "close": true}                  ends listener and connections -> {"event": "closed", "ledger": ...}
"""

import asyncio
import ssl
import sys

from console import Console
from scene import Scene


def tls_context(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["h2"])
    return context


async def obey(console, scenes, context, command):
    number = command["scene"]
    if "open" in command:
        scenes[number] = Scene(command["open"], context, lambda event: console.say({"scene": number, **event}))
        await scenes[number].listen()
    elif "do" in command:
        await scenes[number].act(command["do"], command.get("to"))
    elif "ask" in command:
        scenes[number].tell_ledger()
    elif "close" in command:
        await scenes.pop(number).close()


async def main(certificate, key):
    context = tls_context(certificate, key)
    console = Console()
    scenes = {}
    tasks = set()
    await console.start()
    while (command := await console.read()) is not None:
        # The test awaits each command of a scene. Commands of different scenes run concurrently.
        task = asyncio.ensure_future(obey(console, scenes, context, command))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    for scene in scenes.values():
        scene.abort()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
