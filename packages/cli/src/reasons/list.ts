import { REASONS, type ReasonInfo, reasonInfo } from "apnskit";
import type { Invocation } from "../definition.ts";
import { usage } from "../failure.ts";
import type { Output } from "../output/output.ts";
import { remedyOf } from "./remedies.ts";

/** Runs `apnskit reasons`. */
export async function reasons({ args, output }: Invocation<object>): Promise<undefined> {
  const wanted = args[0] as string | undefined;
  if (wanted === undefined) {
    for (const info of REASONS.values()) show(info, output, false);
    return;
  }
  show(find(wanted), output, true);
}

/** Finds the reason by its name, in any case, or by the spelling of Apple's pages. */
function find(wanted: string): ReasonInfo {
  for (const [name, info] of REASONS) {
    if (name.toLowerCase() === wanted.toLowerCase()) return info;
  }
  const spelled = reasonInfo(0, wanted);
  if (spelled.families.length > 0) return spelled;
  const near = [...REASONS.keys()].filter((name) => name.toLowerCase().includes(wanted.toLowerCase()));
  const hint = near.length > 0 ? `; similar: ${near.slice(0, 5).join(", ")}` : "; apnskit reasons lists all";
  throw usage(`unknown reason ${JSON.stringify(wanted.slice(0, 60))}${hint}`);
}

function show(info: ReasonInfo, output: Output, full: boolean): void {
  const remedy = remedyOf(info.reason, info.status);
  output.result({ ...info, remedy }, () => {
    if (!full) return `${info.status} ${info.reason.padEnd(28)} ${info.meaning}`;
    const lines = [
      `${output.paint("strong", info.reason)} (${info.status})`,
      `${info.meaning[0]!.toUpperCase()}${info.meaning.slice(1)}.`,
      `What to do: ${remedy}`,
      `Sending the same again ${info.retryable ? "may succeed" : "does not help"}.`,
    ];
    if (info.tokenIsDead) lines.push("Stop sending to this device token.");
    return lines.join("\n");
  });
}
