import type { Spread } from "../statistics.ts";
import { number } from "../table.ts";
import { escapeMarkup, svg, WIDTH } from "./svg.ts";

export interface Bar {
  label: string;
  value: Spread;
  ours: boolean;
}

const TOP = 34;
const ROW = 30;
const THICKNESS = 18;
const LEFT = 140;
const RIGHT = 90;

/** Horizontal bars, longest first. The thin line on each bar is the range of its rounds. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const sorted = [...bars].sort((a, b) => b.value.median - a.value.median);
  const largest = Math.max(...sorted.map((bar) => bar.value.max), Number.MIN_VALUE);
  const x = (value: number) => LEFT + (value / largest) * (WIDTH - LEFT - RIGHT);
  const content = sorted.map(({ label, value, ours }, index) => {
    const y = TOP + index * ROW;
    const middle = y + THICKNESS / 2;
    const end = Math.max(x(value.median), x(value.max));
    return [
      `<text x="${LEFT - 8}" y="${middle + 4}" text-anchor="end">${escapeMarkup(label)}</text>`,
      `<rect class="${ours ? "ours" : "theirs"}" x="${LEFT}" y="${y}" width="${round(x(value.median) - LEFT)}" height="${THICKNESS}" rx="2"/>`,
      `<line class="spread" x1="${round(x(value.min))}" y1="${middle}" x2="${round(x(value.max))}" y2="${middle}"/>`,
      `<text class="value" x="${round(end) + 6}" y="${middle + 4}">${number(value.median)}</text>`,
    ].join("\n");
  });
  return svg(title, TOP + sorted.length * ROW, content.join("\n"));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
