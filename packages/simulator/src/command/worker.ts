import { createInterface } from "node:readline";
import { run } from "../run.ts";
import { drawPlan } from "../weather/plan.ts";
import { decode, encode, type Order, type Told } from "./order.ts";

/** A separate process that runs plans. It holds the engine and its world only. */
for await (const line of createInterface({ input: process.stdin })) await carryOut(decode<Order>(line));

async function carryOut(order: Order): Promise<void> {
  if (order.kind === "plan") {
    tell(await run(order.plan, { verbose: order.verbose }));
    return;
  }
  const { from, count, step = 1 } = order;
  for (let place = 0; place < count; place++) {
    const report = await run(drawPlan(from + place * step));
    tell(report);
    if (order.stopAtFirst && report.findings.length > 0) return;
  }
}

function tell(told: Told): void {
  process.stdout.write(`${encode(told)}\n`);
}
