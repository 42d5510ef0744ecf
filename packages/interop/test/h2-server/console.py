"""The line to the test: JSON objects, one per line."""

import asyncio
import json
import sys

LONGEST_LINE = 1 << 20


class Console:
    """Reads commands from stdin and writes events to stdout."""

    async def start(self):
        self._reader = asyncio.StreamReader(limit=LONGEST_LINE)
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(self._reader), sys.stdin)

    async def read(self):
        """The next command, or None if the test has ended."""
        line = await self._reader.readline()
        return json.loads(line) if line else None

    def say(self, event):
        sys.stdout.write(json.dumps(event) + "\n")
        sys.stdout.flush()
