import { LegacyGateway } from "@apnskit/legacy-gateway";
import type { Invocation } from "../definition.ts";
import { ExitCode } from "../exit-codes.ts";
import { CommandFailure, usage } from "../failure.ts";
import { Interrupts } from "../interrupts.ts";
import { readGatewayConfig } from "./config.ts";
import { gatewayLog } from "./log.ts";
import { printReport, readReport } from "./report.ts";

/** Options of `apnskit legacy-gateway`. */
export interface LegacyGatewayFlags {
  readonly config: string;
  readonly report?: boolean;
  readonly verbose?: boolean;
}

/** Runs `apnskit legacy-gateway` until Ctrl-C or SIGTERM. */
export async function legacyGateway({ options, output }: Invocation<LegacyGatewayFlags>): Promise<ExitCode> {
  const config = readGatewayConfig(options.config);
  if (options.report) {
    printReport(readReport(config.options.stateFolder), output);
    return ExitCode.accepted;
  }
  const logger = gatewayLog(output, options.verbose === true);
  const gateway = await LegacyGateway.open({ ...config.options, logger }).catch((error: unknown) => {
    throw failureOf(error);
  });
  for (const { service, host, port } of gateway.addresses) {
    output.result({ listening: service, host, port }, () => `${service}: ${host}, port ${port}`);
  }
  await interrupted();
  output.note("stopping: waiting for what is under way");
  await gateway.close({ drain: config.drain });
  for (const app of gateway.stats().apps) output.result({ stats: app }, () => lineOf(app));
  return ExitCode.accepted;
}

/** Resolves with the first Ctrl-C or SIGTERM. While the gateway stops, another one ends the process at once. */
function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    const interrupts = new Interrupts(resolve);
    interrupts.signal.addEventListener("abort", () => process.exit(ExitCode.interrupted));
  });
}

function lineOf({ app, received, accepted, dead, inDoubt, absorbed, reported }: AppFigures): string {
  const all = received[0] + received[1] + received[2];
  const parts = [`${all} received`, `${accepted} accepted`, `${dead} dead`, `${reported} told as failed`];
  return `${app}: ${[...parts, `${absorbed} absorbed`, `${inDoubt} in doubt`].join(", ")}`;
}

type AppFigures = ReturnType<LegacyGateway["stats"]>["apps"][number];

/** Start errors of the port and the state folder. The command line knows the others. */
function failureOf(error: unknown): unknown {
  const { code } = error as { readonly code?: unknown };
  if (!(error instanceof Error)) return error;
  if (code === "ERR_APNS_GATEWAY_LISTEN")
    return new CommandFailure(ExitCode.unreachable, error.message, { cause: error });
  if (code === "ERR_APNS_GATEWAY_STATE") return usage(error.message, { cause: error });
  return error;
}
