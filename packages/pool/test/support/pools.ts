import { ManualClock, type ScriptedPeer } from "@apnskit/testkit";
import {
  Pool,
  type PoolOptions,
  type PushError,
  Request,
  type RequestOptions,
  type Response,
} from "../../src/index.ts";

const token = "ab".repeat(32);

interface PushOptions extends RequestOptions {
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** A push whose path ends with a number, by which the peer's script knows it again. */
export function push(number: number, options: PushOptions = {}): Request {
  const { headers, body = "{}", ...rest } = options;
  const all = { "apns-topic": "com.example.app", ...headers };
  return Request.of(`/3/device/${token}/${number}`, all, body, rest);
}

/** The number of a push, from its path. */
export function numberOf(request: { readonly path: string }): number {
  return Number(request.path.slice(request.path.lastIndexOf("/") + 1));
}

export function numbersOf(requests: readonly { readonly path: string }[]): number[] {
  return requests.map(numberOf);
}

/** Pauses are exactly as long as their ceiling. */
export const noJitter = () => 1;

/** A pool that trusts the peer, on a clock that stands still, without jitter. */
export function poolFor(peer: ScriptedPeer, options: PoolOptions & { port?: number } = {}): Pool {
  const { port, ...rest } = options;
  const origin = port === undefined ? peer.origin : `https://127.0.0.1:${port}`;
  return new Pool(origin, { tls: { ca: peer.ca }, clock: new ManualClock(), random: noJitter, ...rest });
}

/** The same with all of its connections open. */
export async function openPool(
  peer: ScriptedPeer,
  options: PoolOptions & { port?: number } = {},
): Promise<Pool> {
  const pool = poolFor(peer, options);
  await until(() => pool.stats().active === pool.size, "all connections are open");
  return pool;
}

/** How a post ended, in words: a status with its reason, or the error's name and delivery. */
export function words(outcome: Response | PushError): string {
  if (outcome instanceof Error) return `${outcome.name} ${outcome.delivery}`;
  return `${outcome.status} ${outcome.reason ?? ""}`.trim();
}

/** How a post ends. To be asked at once, as everybody should who lets a promise lie for a while. */
export async function settled(response: Promise<Response>): Promise<Response | PushError> {
  return response.catch((error: PushError) => error);
}

export async function ending(response: Promise<Response>): Promise<string> {
  return words(await settled(response));
}

/** The error that a post ends with. */
export async function failure<Kind = PushError>(promise: Promise<unknown>): Promise<Kind> {
  const value = await promise.then(
    () => undefined,
    (error: Kind) => error,
  );
  if (value === undefined) throw new Error("expected a failure");
  return value;
}

/** Lets sockets and promises go on until something holds; says what did not if it never does. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Some turns of the event loop: what has been received by then has been dealt with. */
export async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
