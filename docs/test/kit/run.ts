import { format } from "node:util";
import * as campaign from "@apnskit/campaign";
import * as connection from "@apnskit/connection";
import * as http2 from "@apnskit/http2";
import * as legacyGateway from "@apnskit/legacy-gateway";
import * as mockServer from "@apnskit/mock-server";
import * as pool from "@apnskit/pool";
import * as wallet from "@apnskit/wallet";
import * as apnskit from "apnskit";
import * as vitest from "vitest";
import type { Compiled } from "./compiler.ts";
import type { World } from "./world.ts";

/** What examples may import; Node's own modules besides. */
const MODULES: Readonly<Record<string, unknown>> = {
  apnskit,
  "@apnskit/campaign": campaign,
  "@apnskit/connection": connection,
  "@apnskit/http2": http2,
  "@apnskit/legacy-gateway": legacyGateway,
  "@apnskit/mock-server": mockServer,
  "@apnskit/pool": pool,
  "@apnskit/wallet": wallet,
};

const AsyncFunction = (async () => {}).constructor as new (
  ...parameters: string[]
) => (...values: unknown[]) => Promise<void>;

/**
 * Runs an example to its end.
 *
 * @returns what it printed
 */
export async function run({ body, uses }: Compiled, world: World): Promise<string[]> {
  const given = await world.give(uses);
  const printed: string[] = [];
  const log = (...values: unknown[]): void => void printed.push(format(...values));
  const tests: (() => unknown)[] = [];
  // Examples of tests are run as well, but not as tests of this file.
  const testing = { ...vitest, test: (_name: string, check: () => unknown) => void tests.push(check) };
  const load = (name: string): unknown => {
    if (name === "vitest") return testing;
    return MODULES[name] ?? process.getBuiltinModule(name) ?? unknownModule(name);
  };
  const stopListening = rememberSignals();
  try {
    // In a block of its own, where the example may declare what would otherwise be given.
    const program = new AsyncFunction("require", "exports", "console", ...Object.keys(given), `{${body}}`);
    await program(load, {}, { ...console, log, warn: log, error: log }, ...Object.values(given));
    for (const check of tests) await check();
  } finally {
    stopListening();
  }
  return printed;
}

function unknownModule(name: string): never {
  throw new Error(`examples cannot import ${name}; see docs/test/kit/run.ts`);
}

/** An example may listen to signals of the process, as a worker does. */
function rememberSignals(): () => void {
  const signals = ["SIGTERM", "SIGINT"] as const;
  const before = new Map(signals.map((signal) => [signal, process.listeners(signal)]));
  return () => {
    for (const [signal, known] of before) {
      for (const listener of process.listeners(signal)) {
        if (!known.includes(listener)) process.off(signal, listener);
      }
    }
  };
}
