/**
 * How fast the mock server answers with validation on, and whether its memory grows.
 *
 *     npx tsx --conditions=@apnskit/source packages/mock-server/bench/throughput.ts [notifications] [--tally] [--latency=<ms>]
 *
 * The load comes from this process, the server has one of its own; both need a core.
 */
import { LoadedServer } from "./loaded-server.ts";

const args = process.argv.slice(2);
const count = Number(args.find((arg) => !arg.startsWith("--")) ?? 1_000_000);
const BATCHES = 10;

await using server = await LoadedServer.start(args);
const start = await server.report();
console.log("      sent   wall/s    per CPU-s     rss MB    heap MB");
for (let batch = 0; batch < BATCHES; batch++) {
  const { perSecond, perCpu, report } = await server.measure(count / BATCHES, true);
  const columns = [
    report.arrived - start.arrived,
    Math.round(perSecond),
    Math.round(perCpu),
    (report.rss / 1e6).toFixed(1),
    (report.heap / 1e6).toFixed(1),
  ];
  console.log(columns.map((column) => String(column).padStart(10)).join(" "));
}
const { arrived, acted } = await server.report();
if (acted !== arrived) throw new Error(`Only ${acted} of ${arrived} were accepted`);
