import { generateKeyPairSync } from "node:crypto";
import { Pool, type PoolOptions, Request, withCollapseId } from "@apnskit/pool";
import { ApnsClient, alert, type Clock, providerToken, systemClock } from "apnskit";
import { Outcome } from "./record.ts";

/** How one request ended. */
export interface Ended {
  readonly index: number;
  readonly outcome: Outcome;
  /** The outcome's number of attempts; `undefined` if it has none. */
  readonly attempts: number | undefined;
}

/** One request to send. */
export interface ToSend {
  readonly id: string;
  readonly token: string;
  readonly idempotent: boolean;
}

/** A layer of the engine that sends requests to a server and reports how each request ended. */
export interface Sender {
  send(requests: Iterable<ToSend>): AsyncIterable<Ended>;
  readonly connectionsOpened: number;
  readonly retries: number;
  /** The number of renewals because the server called a provider token expired. */
  readonly renewals: number;
  close(drain?: number): Promise<void>;
}

export type LayerName = "pool" | "client";

/** Options that pool and client have in common. */
export type SenderOptions = Required<
  Pick<PoolOptions, "size" | "connectTimeout" | "pingInterval" | "pingTimeout" | "retry" | "reconnect">
> & { readonly tls: { readonly ca: string } };

const TIMEOUT = 5_000;

/** Requests in flight at once. Few enough that on a busy machine the faults end them, not the queue. */
const CONCURRENCY = 1_000;

const topic = "com.example.soak";

export async function openSender(layer: LayerName, origin: string, options: SenderOptions): Promise<Sender> {
  return layer === "pool" ? openPool(origin, options) : openClient(origin, options);
}

function openPool(origin: string, options: SenderOptions): Sender {
  const pool = new Pool(origin, options);
  const headers = { "apns-topic": topic, "apns-push-type": "alert" };
  const template = Request.json("/3/device/00", headers, { aps: { alert: "soak" } }, { timeout: TIMEOUT });
  let connectionsOpened = 0;
  pool.on("connected", () => connectionsOpened++);
  return {
    async *send(requests) {
      for await (const { index, response, error } of pool.postAll(toRequests(requests), {
        concurrency: CONCURRENCY,
      })) {
        const unanswered = error?.delivery === "unsent" ? Outcome.UNSENT : Outcome.UNKNOWN;
        const answered = response?.ok ? Outcome.ACCEPTED : Outcome.REJECTED;
        yield { index, outcome: response === undefined ? unanswered : answered, attempts: undefined };
      }
    },
    get connectionsOpened() {
      return connectionsOpened;
    },
    get retries() {
      return pool.stats().retries;
    },
    renewals: 0,
    close: (drain = 0) => pool.close({ drain }),
  };

  function* toRequests(requests: Iterable<ToSend>): Generator<Request> {
    for (const { id, token, idempotent } of requests) {
      const request = template.to(`/3/device/${token}`, { "apns-id": id });
      yield idempotent ? withCollapseId(request) : request;
    }
  }
}

/**
 * This clock runs a thousand times as fast, so that a token may be renewed again after 1.2 s instead of 20
 * minutes.
 */
const fastClock: Clock = { ...systemClock, now: () => systemClock.now() * 1_000 };

const outcomes = {
  accepted: Outcome.ACCEPTED,
  rejected: Outcome.REJECTED,
  unsent: Outcome.UNSENT,
  unknown: Outcome.UNKNOWN,
} as const;

async function openClient(origin: string, options: SenderOptions): Promise<Sender> {
  const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const auth = providerToken({ key, keyId: "ABC123DEFG", teamId: "DEF123GHIJ", clock: fastClock });
  const apns = await openPatiently(() =>
    ApnsClient.open({ ...options, origin, auth, topic, timeout: TIMEOUT }),
  );
  const notification = alert({ body: "soak" });
  let connectionsOpened = 0;
  let renewals = 0;
  apns.on("connected", () => connectionsOpened++);
  apns.on("tokenRenewed", ({ cause }) => {
    if (cause === "rejection") renewals++;
  });
  // Reads the dead tokens, as an application does. Ten thousand unread tokens would count as growth of
  // memory.
  const readDeadTokens = forget(apns.deadTokens);
  return {
    async *send(requests) {
      for await (const { index, result, attempts } of apns.sendMany(toPairs(requests), {
        concurrency: CONCURRENCY,
      })) {
        yield { index: index!, outcome: outcomes[result], attempts };
      }
    },
    get connectionsOpened() {
      return connectionsOpened;
    },
    get retries() {
      return apns.stats().push?.retries ?? 0;
    },
    get renewals() {
      return renewals;
    },
    async close(drain = 0) {
      await apns.close({ drain });
      await readDeadTokens;
    },
  };

  function* toPairs(requests: Iterable<ToSend>) {
    for (const { id, token, idempotent } of requests) {
      yield [token, notification.with(idempotent ? { id, collapseId: id } : { id })] as const;
    }
  }
}

async function forget(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

const OPENINGS = 20;

/** Faults occur from the start, so the server may refuse the first connections. */
async function openPatiently<Opened>(open: () => Promise<Opened>): Promise<Opened> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await open();
    } catch (error) {
      if (attempt === OPENINGS || (error as { code?: unknown }).code !== "ERR_APNS_CONNECT") throw error;
    }
  }
}
