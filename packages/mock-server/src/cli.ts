#!/usr/bin/env node
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { credentialsIn, writePrivate } from "./command/cert-dir.ts";
import { logLine, logRecord } from "./command/log-line.ts";
import { Control } from "./control/control.ts";
import type { ProviderKeyOptions } from "./credentials/provider-keys.ts";
import { parseFault, parseLatency } from "./faults/fault-text.ts";
import type { Fault } from "./faults/faults.ts";
import type { Latency } from "./faults/latency.ts";
import type { LedgerOptions } from "./ledger/ledger.ts";
import { MockApns } from "./mock-apns.ts";
import type { MockApnsOptions } from "./options.ts";

interface Flags {
  host: string;
  port: number;
  broadcastPort: number;
  managementPort: number;
  controlPort: number;
  environment: "sandbox" | "production";
  auth: "token" | "certificate" | "anything";
  keyId: string;
  teamId: string;
  key: string[];
  topic: string[];
  certDir?: string;
  latency: Latency;
  fault: Fault[];
  seed: number;
  ledger: number;
  payloads: boolean;
  tally: ("apns-id" | "collapse-id")[];
  registeredOnly?: boolean;
  deviceLimit?: { requests: number; per: number };
  streams: number;
  streamsBeforeToken: number;
  streamsAfterRejection?: number;
  idleTimeout?: number;
  tokenInterval: number;
  json?: boolean;
  quiet?: boolean;
}

const program = new Command("apnskit-mock")
  .description("An Apple Push Notification service on this machine, to develop and test against.")
  .option("--host <address>", "address to listen at", "127.0.0.1")
  .option("--port <n>", "port for device pushes, 0 for any", wholeNumber, 2197)
  .option("--broadcast-port <n>", "port for broadcasts, 0 for any", wholeNumber, 0)
  .option("--management-port <n>", "port for channel management, 0 for any", wholeNumber, 0)
  .option("--control-port <n>", "port of the control endpoint, on loopback, 0 for any", wholeNumber, 0)
  .addOption(
    new Option("--environment <name>", "which APNs to be")
      .choices(["sandbox", "production"])
      .default("sandbox"),
  )
  .addOption(
    new Option("--auth <kind>", "credentials that clients must show")
      .choices(["token", "certificate", "anything"])
      .default("token"),
  )
  .option("--key <file:keyId:teamId>", "accept this .p8 file too (repeatable)", collect, [])
  .option("--key-id <id>", "id of the provider key that is made", "ABC123DEFG")
  .option("--team-id <id>", "team of the provider key that is made", "DEF123GHIJ")
  .option("--topic <bundle id>", "a bundle id of the team (repeatable; default: any)", collect, [])
  .option("--cert-dir <path>", "where CA and provider key are kept between runs (default: a temporary one)")
  .option("--latency <ms>", "50, 20..80, mean=50,deviation=10 or median=40,p99=250", parse(parseLatency), 0)
  .option("--fault <fault>", "e.g. answer=InternalServerError,share=0.01 (repeatable)", collectFaults, [])
  .option("--seed <n>", "seed for faults, latencies and ids", wholeNumber, 1)
  .option("--ledger <n>", "requests to remember", wholeNumber, 10_000)
  .option("--no-payloads", "do not remember payloads")
  .addOption(
    new Option("--tally <ids...>", "count every id, for soak tests")
      .choices(["apns-id", "collapse-id"])
      .default([]),
  )
  .option(
    "--registered-only",
    "BadDeviceToken for devices that were not registered over the control endpoint",
  )
  .option("--device-limit <n/ms>", "pushes per device in so many ms, e.g. 3/1000", deviceLimit)
  .option("--streams <n>", "streams at once", wholeNumber, 1000)
  .option("--streams-before-token <n>", "streams at once before the first valid token", wholeNumber, 1)
  .option(
    "--streams-after-rejection <n>",
    "streams at once after a refused push (default: no change)",
    wholeNumber,
  )
  .option("--idle-timeout <ms>", "close connections that idle so long (default: never)", wholeNumber)
  .option(
    "--token-interval <ms>",
    "least time between two new provider tokens, 0 for none",
    wholeNumber,
    1_200_000,
  )
  .option("--json", "one JSON object per line, the first when ready")
  .option("--quiet", "no line for each request")
  .action(run);

program.parseAsync().catch((error: unknown) => {
  program.error(`error: ${error instanceof Error ? error.message : String(error)}`);
});

async function run(flags: Flags): Promise<void> {
  const temporary = flags.certDir === undefined ? await mkdtemp(join(tmpdir(), "apnskit-mock-")) : undefined;
  const directory = flags.certDir ?? temporary!;
  const removeTemporary = async () => {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
  };
  try {
    const kept = await credentialsIn(directory, { keyId: flags.keyId, teamId: flags.teamId });
    const keys = await Promise.all(flags.key.map(readKey));
    const server = await MockApns.start({
      ...optionsOf(flags),
      authority: kept.authority,
      signingKey: kept.key,
      keys,
    });
    const control = await Control.listen(server, flags.controlPort);
    const client = flags.auth === "certificate" ? await writeClientCertificate(server, directory) : {};
    announce(flags, { ...endpoints(server, control), ...credentialFiles(kept), ...client });
    if (!flags.quiet) {
      server.ledger.subscribe((entry) =>
        print(flags.json ? JSON.stringify(logRecord(entry)) : logLine(entry)),
      );
    }
    let stopping = false;
    const stop = async () => {
      if (stopping) return;
      stopping = true;
      if (process.connected) process.disconnect();
      await Promise.all([server.close(), control.close()]);
      await removeTemporary();
    };
    // Whoever read the lines has gone, e.g. `head`.
    process.stdout.once("error", stop);
    process.once("SIGTERM", stop);
    process.once("SIGINT", stop);
    // Started by another Node.js program with a channel: that program has ended, however it did.
    if (process.connected) process.once("disconnect", stop);
  } catch (error) {
    await removeTemporary();
    throw error;
  }
}

function optionsOf(flags: Flags): MockApnsOptions {
  const ledger: LedgerOptions = { capacity: flags.ledger, payloads: flags.payloads, tally: flags.tally };
  return {
    host: flags.host,
    port: flags.port,
    broadcastPort: flags.broadcastPort,
    managementPort: flags.managementPort,
    environment: flags.environment,
    auth: flags.auth,
    latency: flags.latency,
    faults: flags.fault,
    seed: flags.seed,
    ledger,
    acceptUnknownDevices: !flags.registeredOnly,
    maxConcurrentStreams: flags.streams,
    streamsBeforeToken: flags.streamsBeforeToken,
    tokenUpdateInterval: flags.tokenInterval,
    ...(flags.topic.length > 0 && { topics: flags.topic }),
    ...(flags.deviceLimit && { deviceRateLimit: flags.deviceLimit }),
    ...(flags.streamsAfterRejection !== undefined && { streamsAfterRejection: flags.streamsAfterRejection }),
    ...(flags.idleTimeout !== undefined && { idleTimeout: flags.idleTimeout }),
  };
}

function endpoints(server: MockApns, control: Control) {
  return {
    environment: server.environment,
    origin: server.origin,
    port: server.port,
    broadcastOrigin: server.broadcastOrigin,
    managementOrigin: server.managementOrigin,
    controlOrigin: `http://127.0.0.1:${control.port}`,
    controlPort: control.port,
    ca: server.ca,
  };
}

function credentialFiles(kept: Awaited<ReturnType<typeof credentialsIn>>) {
  return { caFile: kept.caFile, keyFile: kept.keyFile, keyId: kept.key.keyId, teamId: kept.key.teamId };
}

async function writeClientCertificate(server: MockApns, directory: string) {
  const { cert, key } = server.clientOptions.tls as { cert: string; key: string };
  const files = { certFile: join(directory, "client.pem"), certKeyFile: join(directory, "client-key.pem") };
  await Promise.all([writePrivate(files.certFile, cert), writePrivate(files.certKeyFile, key)]);
  return files;
}

function announce(flags: Flags, ready: ReturnType<typeof endpoints> & Record<string, unknown>): void {
  if (flags.json) {
    print(JSON.stringify({ event: "ready", ...ready }));
    return;
  }
  const { ca: _ca, port: _port, controlPort: _controlPort, ...shown } = ready;
  print(`apnskit-mock is ready (stop it with Ctrl-C)`);
  for (const [name, value] of Object.entries(shown)) print(`  ${name.padEnd(16)} ${String(value)}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function readKey(text: string): Promise<ProviderKeyOptions> {
  const [, file, keyId, teamId] = /^(.+):([^:]+):([^:]+)$/.exec(text) ?? [];
  if (!file || !keyId || !teamId)
    throw new TypeError(`--key must be file:keyId:teamId, got ${JSON.stringify(text)}`);
  return { key: await readFile(file, "utf8"), keyId, teamId };
}

/** Turns errors of a parser into commander's, which names the option. */
function parse<T>(parser: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parser(text);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  };
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("It must be a whole number, 0 or more.");
  return Number(text);
}

function deviceLimit(text: string): { requests: number; per: number } {
  const [, requests, per] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (!requests || !per) throw new InvalidArgumentError("It must be pushes/milliseconds, e.g. 3/1000.");
  return { requests: Number(requests), per: Number(per) };
}

function collect(text: string, before: string[]): string[] {
  return [...before, text];
}

function collectFaults(text: string, before: Fault[]): Fault[] {
  return [...before, parse(parseFault)(text)];
}
