import { generateKeyPairSync } from "node:crypto";
import { Connection } from "@apnskit/connection";
import { Pool, type PushError, Request, type Response } from "@apnskit/pool";
import { ApnsClient, alert, type Outcome, providerToken } from "apnskit";
import type { LayerName } from "./case.ts";
import type { Told } from "./oracle.ts";
import type { Scene } from "./scene.ts";

/** Limits of one request. */
export interface CaseLimits {
  readonly timeout: number;
  readonly deadline?: number;
  readonly idempotent: boolean;
  /** `apns-expiration`, in seconds since 1970. */
  readonly expiration?: number;
}

/** One request in flight through the public interface of one layer of the engine. */
export interface Sent {
  readonly told: Promise<Told>;
  abort(): void;
  /** Closes the connection, pool or client at once. */
  close(): Promise<void>;
}

/**
 * Sends one request to a scene through a newly opened layer.
 *
 * @param limits called when the request is sent, because opening the layer takes time
 */
export type Layer = (scene: Scene, limits: () => CaseLimits, pause: number | undefined) => Promise<Sent>;

const token = "ab".repeat(32);
const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

/** Makes each pause half of its ceiling, so that all runs take the same time. */
const random = () => 0;

/** Larger than the number of connections that a case breaks right after SETTINGS. */
const OPENINGS = 4;

const common = ({ ca }: Scene) => ({ tls: { ca }, connectTimeout: 5_000 });

const poolOptions = (scene: Scene, pause: number | undefined) => ({
  ...common(scene),
  random,
  // With `random` at 0 a pause is half of its ceiling.
  retry: pause === undefined ? { minDelay: 5, maxDelay: 20 } : { minDelay: 2 * pause, maxDelay: 2 * pause },
  reconnect: { minDelay: 5, maxDelay: 20 },
});

function requestFor({ expiration, ...options }: CaseLimits): Request {
  const headers = {
    "apns-topic": "com.example.app",
    "apns-id": "7d3f5c9e-0000-4000-8000-000000000001",
    ...(expiration !== undefined && { "apns-expiration": String(expiration) }),
  };
  return Request.of(`/3/device/${token}`, headers, '{"aps":{"alert":"judge"}}', options);
}

const overConnection: Layer = async (scene, limits) => {
  const connection = await openPatiently(() => Connection.open(scene.origin, common(scene)));
  return watch(
    (signal) => connection.post(requestFor(limits()), { signal }),
    responseTold,
    () => connection.close(),
  );
};

const overPool: Layer = async (scene, limits, pause) => {
  const pool = new Pool(scene.origin, poolOptions(scene, pause));
  return watch(
    (signal) => pool.post(requestFor(limits()), { signal }),
    responseTold,
    () => pool.close(),
  );
};

const overClient: Layer = async (scene, limits, pause) => {
  const auth = providerToken({ key, keyId: "ABC123DEFG", teamId: "DEF123GHIJ" });
  const options = { ...poolOptions(scene, pause), auth, topic: "com.example.app", origin: scene.origin };
  const apns = await openPatiently(() => ApnsClient.open(options));
  const send = (signal: AbortSignal): Promise<Outcome> => {
    const { expiration, ...own } = limits();
    const notification = alert({
      body: "judge",
      ...(expiration !== undefined && { expiration: new Date(expiration * 1_000) }),
    });
    return apns.trySend(token, notification, { ...own, signal });
  };
  return watch(send, outcomeTold, () => apns.close());
};

/** If the first connection breaks before it is open, `open` fails. Then this function tries again. */
async function openPatiently<Opened>(open: () => Promise<Opened>): Promise<Opened> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await open();
    } catch (error) {
      if (attempt === OPENINGS || (error as { code?: unknown }).code !== "ERR_APNS_CONNECT") throw error;
    }
  }
}

export const layers: Readonly<Record<LayerName, Layer>> = {
  connection: overConnection,
  pool: overPool,
  client: overClient,
};

type Account = Pick<Told, "claim" | "text" | "attempts">;

function watch<Result>(
  send: (signal: AbortSignal) => Promise<Result>,
  tell: (end: Result | PushError) => Account,
  close: () => Promise<void>,
): Sent {
  const controller = new AbortController();
  const began = performance.now();
  let times = 0;
  const told = send(controller.signal)
    .catch((error: PushError) => error)
    .then((end): Told => ({ ...tell(end), times: ++times, took: performance.now() - began }));
  return { told, abort: () => controller.abort(new Error("judge")), close };
}

function responseTold(end: Response | PushError): Account {
  if (end instanceof Error) {
    return { claim: end.delivery, text: `${end.name}: ${end.message}`, attempts: undefined };
  }
  const claim = end.ok ? "accepted" : `rejected ${end.status} ${end.reason ?? ""}`.trim();
  return { claim, text: String(end.status), attempts: undefined };
}

function outcomeTold(end: Outcome | PushError): Account {
  if (end instanceof Error) return { claim: "thrown", text: String(end), attempts: undefined };
  const { result, attempts } = end;
  if (result === "accepted") return { claim: result, text: String(end.status), attempts };
  if (result === "rejected") {
    return { claim: `rejected ${end.status} ${end.reason}`, text: end.message, attempts };
  }
  return { claim: result, text: `${end.error.code}: ${end.error.message}`, attempts };
}
