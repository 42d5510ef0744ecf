/** HTTP/2 error codes (RFC 9113 §7). */
export const ErrorCode = {
  /** Nothing went wrong: the code of an orderly end. */
  NO_ERROR: 0x0,
  /** A violation of the protocol for which there is no other code. */
  PROTOCOL_ERROR: 0x1,
  /** The end that sends the code has an internal fault. */
  INTERNAL_ERROR: 0x2,
  /** More was sent than the window allowed, or a window passed 2³¹ − 1. */
  FLOW_CONTROL_ERROR: 0x3,
  /** SETTINGS were not acknowledged in time. */
  SETTINGS_TIMEOUT: 0x4,
  /** A frame came for a stream that was half-closed already. */
  STREAM_CLOSED: 0x5,
  /** The length of a frame does not fit its type, or passes SETTINGS_MAX_FRAME_SIZE. */
  FRAME_SIZE_ERROR: 0x6,
  /** The server did not process the request, so it may be sent again (RFC 9113 §8.7). */
  REFUSED_STREAM: 0x7,
  /** The sender no longer needs the stream. */
  CANCEL: 0x8,
  /** The HPACK tables of the two ends no longer agree. */
  COMPRESSION_ERROR: 0x9,
  /** The connection that a CONNECT request opened was reset or closed abnormally. */
  CONNECT_ERROR: 0xa,
  /** The other end may be causing excessive load. */
  ENHANCE_YOUR_CALM: 0xb,
  /** TLS does not meet the demands of RFC 9113 §9.2. */
  INADEQUATE_SECURITY: 0xc,
  /** The server wants HTTP/1.1 instead. */
  HTTP_1_1_REQUIRED: 0xd,
} as const;

/** An error code. A code that no RFC lists is treated like `INTERNAL_ERROR` (RFC 9113 §7). */
export type ErrorCode = number;

const names = new Map<number, string>(Object.entries(ErrorCode).map(([name, code]) => [code, name]));

/** The registered name of an error code, or its number in hexadecimal. */
export function errorCodeName(code: ErrorCode): string {
  return names.get(code) ?? `0x${code.toString(16)}`;
}
