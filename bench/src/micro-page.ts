import { describeMachine, type Machine } from "./machine.ts";
import type { MicroReport } from "./micro.ts";
import type { Publication } from "./publish.ts";
import { markdownTable, number, type Row } from "./table.ts";

export const MICRO_HEADER: Row = ["operation", "ns, median", "min – max", "per second"];

export function microRows({ rows }: MicroReport): Row[] {
  return rows.map(({ group, name, perOperation }) => [
    `${group}: ${name}`,
    number(perOperation.median),
    `${number(perOperation.min)} – ${number(perOperation.max)}`,
    number(1e9 / perOperation.median),
  ]);
}

export function microPublication(report: MicroReport, machine: Machine): Publication {
  const text = [
    markdownTable(MICRO_HEADER, microRows(report)),
    `Median of ${report.options.samples} samples. ${describeMachine(machine)}. [All numbers](benchmarks/micro.json).`,
  ].join("\n\n");
  return { name: "micro", report, machine, text, charts: {} };
}
