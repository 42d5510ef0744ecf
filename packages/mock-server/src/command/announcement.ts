import type { Control } from "../control/control.ts";
import { externalAddresses, originOf } from "../host-addresses.ts";
import type { MockApns } from "../mock-apns.ts";
import type { Flags } from "./flags.ts";

/** What the command prints when it is ready, except for files with credentials. */
export function endpoints(flags: Flags, server: MockApns, control: Control) {
  const elsewhere = externalAddresses(flags.host).map((address) => originOf("https", address, server.port));
  return {
    environment: server.environment,
    origin: server.origin,
    port: server.port,
    broadcastOrigin: server.broadcastOrigin,
    managementOrigin: server.managementOrigin,
    controlOrigin: control.origin,
    controlPort: control.port,
    ...(control.page !== undefined && { page: control.page }),
    ca: server.ca,
    ...(elsewhere.length > 0 && { otherOrigins: elsewhere }),
  };
}

/** The first lines of the output. */
export function announcement(
  json: boolean,
  ready: ReturnType<typeof endpoints> & Readonly<Record<string, unknown>>,
): string[] {
  if (json) return [JSON.stringify({ event: "ready", ...ready })];
  const { ca: _ca, port: _port, controlPort: _controlPort, page, ...shown } = ready;
  const look = page === undefined ? "" : `; look inside at ${page}`;
  return [
    `apnskit-mock is ready (stop it with Ctrl-C)${look}`,
    ...Object.entries(shown).map(([name, value]) => {
      const text = Array.isArray(value) ? value.join(" ") : String(value);
      return `  ${name.padEnd(16)} ${text}`;
    }),
  ];
}
