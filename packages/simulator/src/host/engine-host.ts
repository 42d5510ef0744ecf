import crypto, { type KeyObject } from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import tls from "node:tls";
import { systemClock } from "@apnskit/connection";
import { host } from "@apnskit/connection/internal";
import type { SeededRandom } from "@apnskit/testkit/seeded-random";
import { notificationId } from "../../../apnskit/src/client/notification-id.ts";
import type { EventLoop } from "./event-loop.ts";

/** The simulated machine, as the engine finds it. */
export interface Surroundings {
  readonly loop: EventLoop;
  readonly random: SeededRandom;
  /** Told of each text that is signed. */
  onSign(text: string): void;
  /** In the place of `tls.connect`. */
  connect(options: tls.ConnectionOptions): unknown;
}

/** Parts of Node.js as they were. */
const original = {
  host: { ...host },
  clock: { ...systemClock },
  connect: tls.connect,
  createSecureContext: tls.createSecureContext,
  createPublicKey: crypto.createPublicKey,
  sign: crypto.sign,
  randomFillSync: crypto.randomFillSync,
  randomBytes: crypto.randomBytes,
  WeakRef: globalThis.WeakRef,
};

/** Keeps its target: when memory is collected must not decide about anything. */
class StrongRef<Target extends WeakKey> {
  readonly #target: Target;

  constructor(target: Target) {
    this.#target = target;
  }

  deref(): Target {
    return this.#target;
  }
}

/** Where the engine is now. */
let current: Surroundings | undefined;
let isPrepared = false;
let filled = 0;

/**
 * Puts the engine into a simulated machine: clocks, timers, immediates, sockets, random octets and
 * signatures. Ticks and promises are Node's own, because their order depends on nothing outside the process.
 *
 * @returns a function that puts everything back
 */
export function inhabit(surroundings: Surroundings): () => void {
  const { loop } = surroundings;
  if (!isPrepared) prepare();
  isPrepared = true;
  current = surroundings;
  Object.assign(host, {
    setImmediate: loop.setImmediate,
    setTimeout: loop.setEngineTimeout,
    clearTimeout: loop.clearTimeout,
    now: loop.now,
    epoch: loop.epoch,
  });
  Object.assign(systemClock, { now: loop.now, epoch: loop.epoch });
  Object.assign(globalThis, { WeakRef: StrongRef });
  // Identifiers are made of random octets that were fetched together: those of the run before are thrown
  // away.
  for (const before = filled; filled === before; ) notificationId();
  return leave;
}

function leave(): void {
  current = undefined;
  Object.assign(host, original.host);
  Object.assign(systemClock, original.clock);
  Object.assign(globalThis, { WeakRef: original.WeakRef });
}

/** Replaces functions of Node.js by others that are the same outside of a simulated machine. */
function prepare(): void {
  const { connect, createSecureContext, createPublicKey, sign, randomFillSync, randomBytes } = original;
  Object.assign(tls, {
    connect: (...args: Parameters<typeof connect>) =>
      current === undefined ? connect(...args) : current.connect(args[0] as unknown as tls.ConnectionOptions),
    createSecureContext: (options?: tls.SecureContextOptions) =>
      current === undefined ? createSecureContext(options) : { context: {} },
  });
  Object.assign(crypto, {
    randomFillSync: (bytes: Buffer) => (current === undefined ? randomFillSync(bytes) : fill(bytes, current)),
    randomBytes: (size: number) =>
      current === undefined ? randomBytes(size) : fill(Buffer.alloc(size), current),
    createPublicKey: (key: Parameters<typeof createPublicKey>[0]) =>
      current === undefined ? createPublicKey(key) : publicKeyOf(key as KeyObject),
    sign: (...args: Parameters<typeof sign>) =>
      current === undefined ? sign(...args) : signature(args[1] as Buffer, current),
  });
  syncBuiltinESMExports();
}

function fill(bytes: Buffer, { random }: Surroundings): Buffer {
  filled++;
  for (let i = 0; i < bytes.length; i++) bytes[i] = random.next() * 256;
  return bytes;
}

const publicKeys = new WeakMap<KeyObject, KeyObject>();

/** The public half of a key, and its export, are worked out once: all runs of a process have the same key. */
function publicKeyOf(key: KeyObject): KeyObject {
  const known = publicKeys.get(key);
  if (known !== undefined) return known;
  const publicKey = original.createPublicKey(key);
  const exported = publicKey.export({ type: "spki", format: "der" });
  const made = Object.defineProperty(publicKey, "export", { value: () => exported });
  publicKeys.set(key, made);
  return made;
}

/** As long as an ES256 signature; real ones of the same text differ (RFC 7515 §3.4). */
function signature(text: Buffer, { onSign }: Surroundings): Buffer {
  onSign(text.toString());
  const half = crypto.createHash("sha256").update(text).digest();
  return Buffer.concat([half, half]);
}
