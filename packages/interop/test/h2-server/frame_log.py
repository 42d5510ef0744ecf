"""The order of the frames that a client sent, read beside hyper-h2."""

PREFACE_LENGTH = 24
HEADER_LENGTH = 9
MOST_KEPT = 400
NAMES = ("DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY", "WINDOW_UPDATE",
         "CONTINUATION")
ACK = 0x1


class FrameLog:
    """Records the first frames of a connection in short form, such as "SETTINGS+ACK" and "DATA[3]:100"."""

    def __init__(self):
        self._skip = PREFACE_LENGTH
        self._header = bytearray()
        self._frames = []
        self.dropped = 0

    def add(self, data):
        at = 0
        while at < len(data):
            if self._skip > 0:
                step = min(self._skip, len(data) - at)
                self._skip -= step
                at += step
                continue
            step = min(HEADER_LENGTH - len(self._header), len(data) - at)
            self._header += data[at:at + step]
            at += step
            if len(self._header) == HEADER_LENGTH:
                self._take()

    def text(self):
        return list(self._frames)

    def _take(self):
        length = int.from_bytes(self._header[0:3], "big")
        kind, flags = self._header[3], self._header[4]
        stream = int.from_bytes(self._header[5:9], "big") & 0x7FFF_FFFF
        self._header.clear()
        self._skip = length
        if len(self._frames) == MOST_KEPT:
            self.dropped += 1
            return
        name = NAMES[kind] if kind < len(NAMES) else str(kind)
        ack = "+ACK" if name in ("SETTINGS", "PING") and flags & ACK else ""
        place = f"[{stream}]" if stream else ""
        size = f":{length}" if name == "DATA" else ""
        self._frames.append(f"{name}{ack}{place}{size}")
