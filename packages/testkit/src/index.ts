export type { Answer } from "./answer.ts";
export { BlackHole } from "./black-hole.ts";
export { clientCertificate, serverCertificate, testAuthority } from "./certificates.ts";
export {
  type ErrorCode,
  type ErrorName,
  errorCodes,
  type SettingName,
  type Settings,
} from "./http2/codes.ts";
export type { GoawayOptions, HeadersOptions } from "./http2/frame-writer.ts";
export { type Frame, type FrameName, type FrameOf, flags, frameTypes } from "./http2/frames.ts";
export { HpackReader, type Indexing, type ReceivedField } from "./http2/hpack-reader.ts";
export { encodeFields, type Fields } from "./http2/hpack-writer.ts";
export { deferred } from "./inbox.ts";
export { ManualClock, type ManualTimer, settle } from "./manual-clock.ts";
export type { Direction } from "./proxied-connection.ts";
export type { RequestSession } from "./request-session.ts";
export { ScriptedPeer, type ScriptedPeerOptions } from "./scripted-peer.ts";
export { ScriptedRequest } from "./scripted-request.ts";
export { type Automatic, type Responder, ScriptedSession } from "./scripted-session.ts";
export { SeededRandom } from "./seeded-random.ts";
export { TcpProxy, type TcpProxyOptions } from "./tcp-proxy.ts";
export type { TlsAlert } from "./tls-alert.ts";
export type { ScriptedTls } from "./tls-handshake.ts";
