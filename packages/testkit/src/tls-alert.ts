import { createCipheriv, createHmac } from "node:crypto";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { TLSSocket, type TLSSocketOptions } from "node:tls";

/** Alerts with which a server refuses a client's certificate (RFC 8446 §6). */
export const tlsAlerts = {
  handshake_failure: 40,
  bad_certificate: 42,
  unsupported_certificate: 43,
  certificate_revoked: 44,
  certificate_expired: 45,
  certificate_unknown: 46,
  unknown_ca: 48,
  access_denied: 49,
  certificate_required: 116,
} as const;

export type TlsAlert = keyof typeof tlsAlerts;

/** The only TLS 1.3 suite whose record protection this file implements. */
export const alertCipher = "TLS_AES_128_GCM_SHA256";

/**
 * Refuses the client with a fatal alert after its part of the handshake, which contains its certificate. In
 * TLS 1.3, the client then considers the handshake complete, and meets the alert in place of the first bytes
 * of HTTP/2.
 *
 * Node's server cannot send this alert: its verification callback accepts every certificate and judges later,
 * when an alert is impossible. So Node runs the first half of the handshake, and this code writes the alert.
 */
export function refuseByAlert(raw: Socket, options: TLSSocketOptions, alert: TlsAlert): void {
  let serverSecret: Buffer | undefined;
  let answered = false;
  const wire = new Duplex({
    read() {},
    write(bytes, _encoding, done) {
      answered = true;
      raw.write(bytes, () => done());
    },
  });
  const engine = new TLSSocket(wire, options);
  engine.on("error", () => {});
  engine.on("keylog", (line: Buffer) => {
    const [label, , secret] = line.toString("latin1").trim().split(" ");
    if (label === "SERVER_TRAFFIC_SECRET_0") serverSecret = Buffer.from(secret!, "hex");
  });

  raw.on("error", () => {});
  raw.on("close", () => {
    engine.destroy();
    wire.destroy();
  });
  raw.on("data", (bytes: Buffer) => {
    if (!answered) return void wire.push(bytes);
    raw.removeAllListeners("data");
    raw.resume();
    raw.end(serverSecret ? sealedAlert(serverSecret, alert) : plainAlert(alert));
  });
}

const fatal = 2;
const alertRecord = 21;
const applicationData = 23;

/** TLS 1.2: the server has not changed its cipher yet, so the alert is not encrypted. */
function plainAlert(alert: TlsAlert): Buffer {
  return Buffer.from([alertRecord, 3, 3, 0, 2, fatal, tlsAlerts[alert]]);
}

/**
 * TLS 1.3: the alert is the first record under the server's application keys, so its sequence number is 0
 * (RFC 8446 §5.2, §5.3).
 */
function sealedAlert(secret: Buffer, alert: TlsAlert): Buffer {
  const content = Buffer.from([fatal, tlsAlerts[alert], alertRecord]);
  const tagLength = 16;
  const head = Buffer.from([applicationData, 3, 3, 0, content.length + tagLength]);
  const cipher = createCipheriv("aes-128-gcm", expandLabel(secret, "key", 16), expandLabel(secret, "iv", 12));
  cipher.setAAD(head);
  return Buffer.concat([head, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

/** HKDF-Expand-Label with an empty context, for outputs up to one hash long (RFC 8446 §7.1). */
function expandLabel(secret: Buffer, label: string, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.of(0, length, name.length), name, Buffer.of(0, 1)]);
  return createHmac("sha256", secret).update(info).digest().subarray(0, length);
}
