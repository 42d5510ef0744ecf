import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";

const DATA = 0x0;
const HEADERS = 0x1;
const RST_STREAM = 0x3;
const SETTINGS = 0x4;
const PING = 0x6;
const GOAWAY = 0x7;
const WINDOW_UPDATE = 0x8;
const END_STREAM = 0x1;
const ACK = 0x1;
const END_HEADERS = 0x4;
const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

export interface LoadOptions {
  port: number;
  ca: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  /** Streams at once, within the server's limit. */
  streams: number;
  /** Path of the n-th request, counted from 0. All must have the same length. */
  path: (n: number) => string;
}

/**
 * Sends pushes as fast as a server takes them. Requests are copies of one template, and of the answers only the frames
 * are counted: what came of the pushes is to be read from the server's own ledger.
 */
export class LoadClient {
  readonly #socket: TLSSocket;
  readonly #options: LoadOptions;
  readonly #body: Buffer;
  #unread: Buffer = Buffer.alloc(0);
  #nextStream = 1;
  #window = 65_535;
  #limit = 0;
  #inflight = 0;
  #toSend = 0;
  #sent = 0;
  #answered = 0;
  #failure: Error | undefined;
  #wake: () => void = () => {};

  private constructor(socket: TLSSocket, options: LoadOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#body = Buffer.from(options.body);
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("The server closed the connection")));
  }

  static async open(options: LoadOptions): Promise<LoadClient> {
    const socket = connect({ host: "127.0.0.1", port: options.port, ca: options.ca, ALPNProtocols: ["h2"] });
    await once(socket, "secureConnect");
    socket.setNoDelay(true);
    const client = new LoadClient(socket, options);
    socket.write(Buffer.concat([Buffer.from(PREFACE), frame(SETTINGS, 0, 0, Buffer.alloc(0))]));
    while (client.#limit === 0) await client.#change();
    return client;
  }

  /** Sends so many pushes and waits until all are answered. */
  async send(count: number): Promise<void> {
    this.#toSend += count;
    this.#pump();
    while (this.#inflight > 0 || this.#toSend > 0) await this.#change();
  }

  get answered(): number {
    return this.#answered;
  }

  async close(): Promise<void> {
    const closed = once(this.#socket, "close");
    this.#failure ??= new Error("closed");
    this.#socket.destroy();
    await closed;
  }

  async #change(): Promise<void> {
    if (this.#failure) throw this.#failure;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    if (this.#failure) throw this.#failure;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }

  #pump(): void {
    const room = Math.min(this.#limit, this.#options.streams);
    const batch: Buffer[] = [];
    while (this.#toSend > 0 && this.#inflight < room && this.#window >= this.#body.length) {
      const block = encodeHeaders(this.#options.path(this.#sent++), this.#options.headers);
      batch.push(frame(HEADERS, END_HEADERS, this.#nextStream, block));
      batch.push(frame(DATA, END_STREAM, this.#nextStream, this.#body));
      this.#nextStream += 2;
      this.#window -= this.#body.length;
      this.#inflight++;
      this.#toSend--;
    }
    if (batch.length > 0) this.#socket.write(Buffer.concat(batch));
  }

  #read(chunk: Buffer): void {
    let bytes = this.#unread.length > 0 ? Buffer.concat([this.#unread, chunk]) : chunk;
    let at = 0;
    while (at + 9 <= bytes.length) {
      const length = bytes.readUIntBE(at, 3);
      if (at + 9 + length > bytes.length) break;
      this.#onFrame(
        bytes[at + 3]!,
        bytes[at + 4]!,
        bytes.readUInt32BE(at + 5),
        bytes.subarray(at + 9, at + 9 + length),
      );
      at += 9 + length;
    }
    bytes = bytes.subarray(at);
    this.#unread = Buffer.from(bytes);
    this.#pump();
    if (this.#toSend === 0 && this.#inflight === 0) this.#wake();
  }

  #onFrame(type: number, flags: number, stream: number, payload: Buffer): void {
    if (type === SETTINGS && !(flags & ACK)) {
      for (let at = 0; at < payload.length; at += 6) {
        if (payload.readUInt16BE(at) === 3) this.#limit = payload.readUInt32BE(at + 2);
      }
      this.#socket.write(frame(SETTINGS, ACK, 0, Buffer.alloc(0)));
      this.#wake();
    } else if (type === WINDOW_UPDATE && stream === 0) {
      this.#window += payload.readUInt32BE(0);
    } else if (type === PING && !(flags & ACK)) {
      this.#socket.write(frame(PING, ACK, 0, payload));
    } else if (type === GOAWAY || type === RST_STREAM) {
      this.#fail(new Error(`Unexpected frame of type ${type}: ${payload.toString("latin1")}`));
    } else if ((type === HEADERS || type === DATA) && flags & END_STREAM) {
      this.#inflight--;
      this.#answered++;
    }
  }
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(9 + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  payload.copy(bytes, 9);
  return bytes;
}

/** Cached behind the path: everything but the path is the same for all requests. */
let cached: { headers: object; rest: Buffer } | undefined;

/** HPACK without a dynamic table: POST and https from the static one, the rest as literals (RFC 7541 §6.2.2). */
function encodeHeaders(path: string, headers: Readonly<Record<string, string>>): Buffer {
  if (cached?.headers !== headers) {
    const fields = Object.entries({ ...headers }).map(([name, value]) =>
      Buffer.concat([Buffer.from([0x00]), text(name), text(value)]),
    );
    const authority = Buffer.concat([Buffer.from([0x01]), text("127.0.0.1")]);
    cached = { headers, rest: Buffer.concat([authority, ...fields]) };
  }
  return Buffer.concat([Buffer.from([0x83, 0x87, 0x04]), text(path), cached.rest]);
}

/** A string without Huffman coding, its length with a 7-bit prefix (RFC 7541 §5). */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const length = [127];
  let rest = bytes.length - 127;
  for (; rest >= 128; rest >>>= 7) length.push((rest & 127) | 128);
  length.push(rest);
  return Buffer.concat([Buffer.from(length), bytes]);
}
