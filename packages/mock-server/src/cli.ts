#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { announcement, endpoints } from "./command/announcement.ts";
import {
  commandLine,
  controlPortOf,
  type Flags,
  keyParts,
  readSwitches,
  serverOptionsOf,
} from "./command/flags.ts";
import { keptAuthority, keptClientCertificate, keptProviderKey } from "./command/kept-credentials.ts";
import { logLine, logRecord } from "./command/log-line.ts";
import { PKCS12_PASSWORD } from "./command/pkcs12.ts";
import { PrivateDirectory } from "./command/private-directory.ts";
import { TemporaryDirectory } from "./command/temporary-directory.ts";
import { waitFor } from "./command/waiting.ts";
import { Control } from "./control/control.ts";
import type { ProviderKeyOptions } from "./credentials/provider-keys.ts";
import { InvalidMockInput } from "./errors.ts";
import { namesOf } from "./host-addresses.ts";
import { MockApns } from "./mock-apns.ts";

const STOP_SIGNALS: readonly NodeJS.Signals[] = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGBREAK"];
const LOOPBACK = ["127.0.0.1", "::1", "localhost"];

// The reader of stdout or stderr may go away, such as `head`. A server stops then, see below; other output just ends.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};
const program = commandLine(version, run);
try {
  readSwitches(program, process.env);
  await program.parseAsync();
} catch (error) {
  program.error(`error: ${error instanceof Error ? error.message : String(error)}`);
}

async function run(flags: Flags): Promise<void> {
  if (flags.wait !== undefined) {
    process.exitCode = await waitFor(flags, print);
    return;
  }
  // Before the server is up, nothing needs a gentle end; temporary files go with the process.
  let stop: () => unknown = () => process.exit(0);
  const onStop = () => void stop();
  for (const signal of STOP_SIGNALS) {
    if (process.platform !== "win32" || signal !== "SIGQUIT") process.on(signal, onStop);
  }
  // The reader of the output has gone, e.g. `head`.
  process.stdout.once("error", onStop);
  // A Node.js program started this command with a channel, and has now ended in some way.
  if (process.connected) process.once("disconnect", onStop);

  const temporary = flags.certDir === undefined ? await TemporaryDirectory.create() : undefined;
  const directory = await PrivateDirectory.open(flags.certDir ?? temporary!.path);
  const { server, credentialFiles } = await startServer(flags, directory);
  const control = await Control.listen(server, controlPortOf(flags), {
    host: flags.controlHost,
    names: flags.altName,
    ui: flags.ui,
    // The files of a temporary directory will do: they exist as long as the page does.
    caFile: credentialFiles.caFile,
    keyFile: credentialFiles.keyFile,
  });
  stop = async () => {
    stop = () => process.exit(1);
    process.off("disconnect", onStop);
    if (process.connected) process.disconnect();
    await Promise.all([server.close(), control.close()]);
    await temporary?.remove();
    for (const signal of STOP_SIGNALS) process.off(signal, onStop);
  };
  if (!LOOPBACK.includes(flags.controlHost)) {
    console.error(
      `apnskit-mock: the control endpoint at ${flags.controlHost} asks for no credentials; whatever reaches it controls the server`,
    );
  }
  const ready = { ...endpoints(flags, server, control), ...credentialFiles };
  for (const line of announcement(flags.json === true, ready)) print(line);
  if (flags.quiet) return;
  const options = { payloads: flags.showPayloads === true };
  server.ledger.subscribe((entry) => print(flags.json ? logRecord(entry, options) : logLine(entry, options)));
}

/** Reads the credentials from the directory, or creates them there, and starts a server with them. */
async function startServer(flags: Flags, directory: PrivateDirectory) {
  const authority = await keptAuthority(directory);
  const { key, file } = await keptProviderKey(directory, { keyId: flags.keyId, teamId: flags.teamId });
  const client =
    flags.auth === "certificate"
      ? await keptClientCertificate(directory, authority, {
          topic: flags.topic[0],
          environment: flags.environment,
        })
      : undefined;
  const server = await MockApns.start({
    ...serverOptionsOf(flags),
    authority,
    signingKey: key,
    keys: await Promise.all(flags.key.map(readKey)),
    altNames: [...namesOf(flags.host), ...flags.altName],
    ...(client && { clientCertificate: client.certificate }),
  });
  const credentialFiles = {
    caFile: directory.file("ca.pem"),
    keyFile: file,
    keyId: key.keyId,
    teamId: key.teamId,
    ...(client && { ...client.files, certP12Password: PKCS12_PASSWORD }),
  };
  return { server, credentialFiles };
}

async function readKey(spec: string): Promise<ProviderKeyOptions> {
  const { file, keyId, teamId } = keyParts(spec);
  try {
    return { key: await readFile(file, "utf8"), keyId, teamId };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new InvalidMockInput(`--key: the file of the key ${keyId} cannot be read: ${code}`, "key", {
      cause,
    });
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
