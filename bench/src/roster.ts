import { findProgram } from "@apnskit/testkit/peers";
import { WORKLOADS, type WorkloadName } from "./workload.ts";

/** A client that takes part, and the source file of its process. */
export interface Entrant {
  name: string;
  /** As shown in tables and charts. */
  label: string;
  /** Source file of its process, relative to this folder. */
  source: string;
  /** Ours are drawn in another colour. */
  ours: boolean;
  /**
   * Fraction of the count that this client sends. Slow clients send less, to save time; only rates are
   * compared.
   */
  share: number;
  /** Takes single requests, as the latency bench needs them. */
  single: boolean;
  /** Accepts more than it can send at once, and sends the rest when streams become free. */
  queues: boolean;
  /** The workloads that it can send. h2load sends one payload, which it reads from a file. */
  workloads: readonly WorkloadName[];
  /** npm package whose version the report states. */
  package?: string;
  /** Why it cannot take part on this machine; undefined if it can. */
  missing?(): string | undefined;
}

export const ROSTER: readonly Entrant[] = [
  ours("pool", "Pool.post"),
  ours("connection", "Connection.post", { queues: false }),
  ours("send-many", "ApnsClient.sendMany", { single: false }),
  peer("node-http2", "node:http2 loop", { share: 0.25 }),
  peer("undici", "undici", { share: 0.25, package: "undici" }),
  peer("node-apn", "@parse/node-apn", { share: 0.1, package: "@parse/node-apn" }),
  peer("apns2", "apns2, stock", { share: 0.1, package: "apns2" }),
  peer("apns2-tuned", "apns2, tuned", { share: 0.1, package: "apns2" }),
  peer("h2load", "h2load (C)", { single: false, workloads: ["one"], missing: missingH2load }),
];

function ours(name: string, label: string, values: Partial<Entrant> = {}): Entrant {
  return {
    name,
    label,
    source: `contenders/${name}.ts`,
    ours: true,
    share: 1,
    single: true,
    queues: true,
    workloads: WORKLOADS,
    ...values,
  };
}

function peer(name: string, label: string, values: Partial<Entrant> = {}): Entrant {
  return {
    name,
    label,
    source: `contenders/${name}.ts`,
    ours: false,
    share: 1,
    single: true,
    queues: true,
    workloads: WORKLOADS,
    ...values,
  };
}

function missingH2load(): string | undefined {
  const program = findProgram("h2load", "nghttp2");
  return program.installed ? undefined : program.reason;
}

/**
 * The entrants with these names, in the roster's order. Undefined selects all.
 *
 * @throws RangeError for a name that is not in the roster.
 */
export function entrants(names: readonly string[] | undefined): Entrant[] {
  for (const name of names ?? []) {
    if (!ROSTER.some((entrant) => entrant.name === name)) {
      const known = ROSTER.map((entrant) => entrant.name).join(", ");
      throw new RangeError(`only: no contender "${name}"; known are ${known}`);
    }
  }
  return ROSTER.filter((entrant) => names === undefined || names.includes(entrant.name));
}
