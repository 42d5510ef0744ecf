import { constants, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Ledger, OpenAttempt } from "./scene-ledger.ts";
import type { Action, ScriptedAnswer, Step } from "./script.ts";

/** A connection of nghttp2 with all objects that actions need. */
export interface NodeConnection {
  readonly number: number;
  readonly session: ServerHttp2Session;
  readonly raw: Socket;
  readonly tls: TLSSocket;
  readonly ledger: Ledger;
  listen(listening: boolean): Promise<void>;
}

/** A stream with its entry in the ledger. */
export interface NodeAttempt {
  readonly stream: ServerHttp2Stream;
  readonly entry: OpenAttempt;
}

const HIGHEST_STREAM = 0x7fff_ffff;

/**
 * Whether `node:http2` can perform a step. Its GOAWAY cannot name stream 0 as the last stream. If an answer
 * has begun, its reset ends that answer before it resets the stream.
 */
export function isOffered({ head = [], whole = [] }: Step): boolean {
  const actions = [...head, ...whole];
  if (actions.some((action) => "goaway" in action && action.goaway.last === "below")) return false;
  return !(actions.some((action) => "head" in action) && actions.some((action) => "reset" in action));
}

/**
 * Performs actions in order.
 * @throws Error for an action that `node:http2` does not offer
 */
export async function perform(
  connection: NodeConnection,
  attempt: NodeAttempt | undefined,
  actions: readonly Action[],
): Promise<void> {
  for (const action of actions) {
    if (connection.session.destroyed && !("listen" in action)) continue;
    if ("answer" in action) answer(attempt!, action.answer);
    else if ("head" in action) head(attempt!, action.head.status);
    else if ("reset" in action) reset(attempt!, action.reset);
    else if ("goaway" in action) goaway(connection, attempt, action.goaway);
    else if ("settings" in action) connection.session.settings(action.settings);
    else if ("close" in action) await close(connection, action.close);
    else if ("listen" in action) await connection.listen(action.listen);
    else if ("wait" in action) await new Promise((resolve) => setTimeout(resolve, action.wait));
    else throw new Error(`node:http2 cannot do this: ${JSON.stringify(action)}`);
  }
}

function bodyParts(body: ScriptedAnswer["body"]): readonly string[] {
  if (body === undefined) return [];
  if (typeof body === "string") return [body];
  return Array.isArray(body) ? body : [JSON.stringify(body)];
}

function answer(
  { stream, entry }: NodeAttempt,
  { status, headers, body, end = "last" }: ScriptedAnswer,
): void {
  if (stream.destroyed || stream.closed) return;
  const parts = bodyParts(body);
  const fields = { ":status": status, "apns-id": entry.key, ...headers };
  stream.respond(fields, {
    endStream: parts.length === 0 && end === "last",
    waitForTrailers: end === "trailers",
  });
  if (end === "trailers") stream.once("wantTrailers", () => stream.sendTrailers({ "x-end": "1" }));
  for (const part of parts) stream.write(part);
  stream.end();
  entry.began = true;
  entry.status = status;
}

function head({ stream, entry }: NodeAttempt, status: number): void {
  if (stream.destroyed || stream.closed) return;
  stream.respond({ ":status": status });
  entry.began = true;
}

function reset({ stream, entry }: NodeAttempt, name: string): void {
  const code = codeOf(name);
  if (name === "REFUSED_STREAM" && !entry.began) entry.disowned = true;
  entry.reset = code;
  stream.close(code);
}

function goaway(
  { session, number, ledger }: NodeConnection,
  attempt: NodeAttempt | undefined,
  { last, code = "NO_ERROR", debug }: Extract<Action, { goaway: unknown }>["goaway"],
): void {
  const stream = attempt?.entry.stream ?? 0;
  const places = { below: Math.max(0, stream - 2), this: stream, above: HIGHEST_STREAM };
  const lastStream = typeof last === "number" ? last : places[last];
  const text = typeof debug === "object" ? JSON.stringify(debug) : debug;
  session.goaway(codeOf(code), lastStream, text === undefined ? undefined : Buffer.from(text));
  ledger.goaway(number, lastStream);
}

/** Closes after earlier frames have left: nghttp2 writes at the end of the event loop's turn. */
async function close({ raw, tls }: NodeConnection, how: "fin" | "reset"): Promise<void> {
  for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => setImmediate(resolve));
  if (how === "reset") raw.resetAndDestroy();
  else tls.destroySoon();
}

function codeOf(name: string): number {
  return (constants as unknown as Record<string, number>)[`NGHTTP2_${name}`]!;
}
