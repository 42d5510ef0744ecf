import { parseArgs } from "node:util";
import type { InDoubtPolicy } from "../src/index.ts";
import { FileArena } from "./file-arena.ts";
import { soak } from "./soak.ts";

const help = `Sends a campaign by processes that are killed by SIGKILL at random moments. At the end, the command compares what the
campaign says of each recipient with the mock server's ledger.

  --count N          recipients, default 1000000
  --kills N          default 100
  --seed N           repeats the same moments, as far as the machine allows; default: a random seed
  --in-doubt POLICY  resend, skip or report; default resend`;

const { values } = parseArgs({
  // pnpm passes its "--" on to this command.
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: {
    count: { type: "string", default: "1000000" },
    kills: { type: "string", default: "100" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1e6) + 1) },
    "in-doubt": { type: "string", default: "resend" },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) {
  console.log(help);
} else {
  const [count, seed] = [whole("count", values.count, 1), whole("seed", values.seed, 1)];
  const kills = whole("kills", values.kills, 0);
  const inDoubt = policy(values["in-doubt"]);
  console.log(`campaign soak: ${count} recipients, ${kills} kills, seed ${seed}, in doubt: ${inDoubt}`);
  await using arena = new FileArena();
  const result = await soak({
    ...{ count, kills, seed, inDoubt, arena },
    onKill(done, report) {
      if (done % 10 === 0) console.log(`  ${done} kills, ${report?.accepted ?? 0} accepted`);
    },
  });
  const { report, acted } = result;
  const row = (name: string, value: unknown): void => console.log(`  ${name.padEnd(32)}${String(value)}`);
  row("accepted", report.accepted);
  row("in doubt, not sent again", report.inDoubt);
  row(
    "in doubt, sent again",
    report.resentRecipients.reduce((sum, { from, to }) => sum + to - from, 0),
  );
  row("acted on never, once, more often", acted.join(", "));
  row("kills", result.kills);
  row("seconds", result.seconds.toFixed(1));
  for (const difference of result.differences) console.log(`DIFFERENCE ${difference}`);
  const passed = result.differenceCount === 0;
  console.log(
    `campaign soak ${passed ? "PASSED" : `FAILED: ${result.differenceCount} differences`} (seed ${seed})`,
  );
  process.exitCode = passed ? 0 : 1;
}

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  console.error(`--${name} must be a whole number from ${least}; received ${JSON.stringify(text)}`);
  process.exit(2);
}

function policy(text: string): InDoubtPolicy {
  if (text === "resend" || text === "skip" || text === "report") return text;
  console.error(`--in-doubt must be resend, skip or report; received ${JSON.stringify(text)}`);
  process.exit(2);
}
