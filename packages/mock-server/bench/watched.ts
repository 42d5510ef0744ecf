/**
 * The cost of an open page for the mock server.
 *
 *     npx tsx --conditions=@apnskit/source packages/mock-server/bench/watched.ts [notifications] [rounds]
 *
 * In each round the server gets the same number of pushes without a watcher, with a program that reads the events, and
 * with the page in a headless Chromium. The order rotates. The shares are medians over the rounds. CPU time is that of
 * the server alone. Wall-clock time also contains the CPU time that the page takes from the cores of this machine.
 */
import { request } from "node:http";
import { freshPage, hasChromium, openAlone } from "../test/support/browser.ts";
import { LoadedServer, type Measured } from "./loaded-server.ts";

const [count = 50_000, rounds = 9] = process.argv.slice(2).map(Number);

await using files = await freshPage();
await using server = await LoadedServer.start([`--ui=${files.directory}`]);

/** Reads the events and ignores them. @returns a function that ends it */
async function openReader(): Promise<() => void> {
  const listening = request(`${server.controlOrigin}/events`, { agent: false });
  listening.on("response", (response) => response.resume().on("error", () => {}));
  listening.on("error", () => {});
  listening.end();
  return () => void listening.destroy();
}

const watchers: Readonly<Record<string, () => Promise<() => unknown>>> = {
  alone: async () => () => {},
  "a program": openReader,
  ...(hasChromium && { "the page": () => openAlone(`${server.controlOrigin}/`) }),
};

async function untilListeners(wanted: number): Promise<void> {
  for (;;) {
    const { listeners } = await server.report();
    if (listeners === wanted) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const names = Object.keys(watchers);
const measured = new Map<string, Measured[]>(names.map((name) => [name, []]));
console.log(`            ${"per CPU-s".padStart(12)} ${"per s".padStart(10)}`);
for (let round = 0; round < rounds; round++) {
  for (let at = 0; at < names.length; at++) {
    const name = names[(at + round) % names.length]!;
    const close = await watchers[name]!();
    await untilListeners(name === "alone" ? 0 : 1);
    // The feed reports older entries first.
    await server.measure(count / 10);
    const each = await server.measure(count);
    measured.get(name)!.push(each);
    await close();
    await untilListeners(0);
    const columns = [each.perCpu, each.perSecond].map((value) => String(Math.round(value)));
    console.log(name.padEnd(12), columns[0]!.padStart(11), columns[1]!.padStart(10));
  }
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const alone = measured.get("alone")!;
for (const [name, all] of measured) {
  if (name === "alone") continue;
  const share = (figure: "perCpu" | "perSecond") =>
    median(all.map((each, round) => each[figure] / alone[round]![figure])).toFixed(3);
  console.log(`${name}: ${share("perCpu")} of the pushes per CPU-second, ${share("perSecond")} per second`);
}
