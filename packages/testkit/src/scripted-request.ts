import type { Answer } from "./answer.ts";
import type { ErrorCode } from "./http2/codes.ts";
import type { ReceivedField } from "./http2/hpack-reader.ts";
import type { RequestSession } from "./request-session.ts";

/** A request as it arrives. It grows until `complete`. */
export class ScriptedRequest<Session extends RequestSession = RequestSession> {
  readonly session: Session;
  readonly streamId: number;
  /** The fields in the order received, each with its representation. */
  readonly fields: readonly ReceivedField[];
  /** The fields by name. The last field of a repeated name counts. */
  readonly headers: Readonly<Record<string, string>>;
  complete = false;
  readonly #parts: Buffer[] = [];

  constructor(session: Session, streamId: number, fields: readonly ReceivedField[]) {
    this.session = session;
    this.streamId = streamId;
    this.fields = fields;
    this.headers = Object.fromEntries(fields.map((field) => [field.name, field.value]));
  }

  get path(): string {
    return this.headers[":path"] ?? "";
  }

  /** The part of the body that has arrived. */
  get body(): Buffer {
    return Buffer.concat(this.#parts);
  }

  json(): unknown {
    return JSON.parse(this.body.toString("utf8"));
  }

  respond(answer?: Answer): void {
    this.session.respond(this.streamId, answer);
  }

  reset(code: ErrorCode): void {
    this.session.reset(this.streamId, code);
  }

  /** Called by the session when DATA arrives. */
  append(data: Buffer): void {
    this.#parts.push(data);
  }
}
