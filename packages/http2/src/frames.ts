/** Frame types (RFC 9113 §6). */
export const FrameType = {
  DATA: 0x0,
  HEADERS: 0x1,
  PRIORITY: 0x2,
  RST_STREAM: 0x3,
  SETTINGS: 0x4,
  PUSH_PROMISE: 0x5,
  PING: 0x6,
  GOAWAY: 0x7,
  WINDOW_UPDATE: 0x8,
  CONTINUATION: 0x9,
} as const;

/** Frame flags (RFC 9113 §6). `ACK` and `END_STREAM` share a bit: no frame type has both. */
export const Flag = {
  ACK: 0x1,
  END_STREAM: 0x1,
  END_HEADERS: 0x4,
  PADDED: 0x8,
  PRIORITY: 0x20,
} as const;

/** Every frame begins with length (24 bits), type (8), flags (8), reserved bit and stream id (31) (RFC 9113 §4.1). */
export const FRAME_HEADER_LENGTH = 9;

/** Frame payloads are at most this long unless SETTINGS_MAX_FRAME_SIZE allows more (RFC 9113 §4.2). */
export const DEFAULT_MAX_FRAME_SIZE = 16_384;

/** The largest stream id, window size and window increment: 2³¹ − 1. */
export const MAX_31_BIT = 0x7fff_ffff;

/** What a client sends first (RFC 9113 §3.4); its SETTINGS frame follows. */
export const CONNECTION_PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");
