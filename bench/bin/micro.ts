import { Command } from "commander";
import { describeMachine, thisMachine } from "../src/machine.ts";
import { measureMicro } from "../src/micro.ts";
import { MICRO_HEADER, microPublication, microRows } from "../src/micro-page.ts";
import { type Cores, coresOption, positiveInteger } from "../src/options.ts";
import { terminalProgress } from "../src/progress.ts";
import { deliver } from "../src/publish.ts";
import { textTable } from "../src/table.ts";

interface Options {
  samples: number;
  match?: string;
  cores: Cores | undefined;
  json?: string;
  publish?: true;
  quick?: true;
}

const options = new Command("bench:micro")
  .description(
    "Cost of single operations of the engine: frames, HPACK, session, queue, assignment, deadlines.",
  )
  .option("--samples <n>", "samples of each operation; the result is their median", positiveInteger, 31)
  .option("--match <text>", "measure only operations whose name contains this text")
  .addOption(coresOption())
  .option("--json <file>", "file that receives the numbers too")
  .option("--publish", "update docs/benchmarks.md")
  .option("--quick", "few short samples, to check that the bench runs")
  .parse()
  .opts<Options>();

const machine = thisMachine();
console.log(describeMachine(machine));
const report = await measureMicro(
  {
    samples: options.quick ? 3 : options.samples,
    sampleTime: options.quick ? 1 : 10,
    match: options.match,
    cores: options.cores,
  },
  terminalProgress(),
);
console.log(`\n${textTable(MICRO_HEADER, microRows(report))}`);
await deliver(microPublication(report, machine), options);
