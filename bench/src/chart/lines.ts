import { number } from "../table.ts";
import { escapeMarkup, svg, WIDTH } from "./svg.ts";

export interface Series {
  label: string;
  points: readonly (readonly [x: number, y: number])[];
}

export interface Axis {
  label: string;
  /** Set for values that span several powers of ten. */
  logarithmic?: boolean;
}

const HEIGHT = 320;
const TOP = 52;
const BOTTOM = 270;
const LEFT = 70;
const RIGHT = WIDTH - 20;
const TICKS = 5;

/**
 * Draws lines over one horizontal axis, which starts at its smallest value. The vertical axis starts at zero
 * unless it is logarithmic.
 */
export function lineChart(
  title: string,
  horizontal: Axis,
  vertical: Axis,
  series: readonly Series[],
): string {
  const points = series.flatMap((one) => one.points);
  const x = scale(
    horizontal,
    points.map(([value]) => value),
    [LEFT, RIGHT],
    Math.min,
  );
  const y = scale(
    vertical,
    points.map(([, value]) => value),
    [BOTTOM, TOP],
    () => 0,
  );
  const parts = [
    ...y.ticks.map(
      (tick) =>
        `<line class="axis" x1="${LEFT}" y1="${y.at(tick)}" x2="${RIGHT}" y2="${y.at(tick)}"/><text class="small value" x="${LEFT - 6}" y="${y.at(tick) + 4}" text-anchor="end">${number(tick)}</text>`,
    ),
    ...x.ticks.map(
      (tick) =>
        `<text class="small value" x="${x.at(tick)}" y="${BOTTOM + 18}" text-anchor="middle">${number(tick)}</text>`,
    ),
    `<text class="small" x="${RIGHT}" y="${BOTTOM + 38}" text-anchor="end">${escapeMarkup(horizontal.label)}</text>`,
    `<text class="small" x="0" y="${TOP - 16}">${escapeMarkup(vertical.label)}</text>`,
  ];
  for (const [index, { label, points: line }] of series.entries()) {
    const path = line.map(([px, py], at) => `${at === 0 ? "M" : "L"}${x.at(px)} ${y.at(py)}`).join("");
    parts.push(`<path class="line s${index % 4}" d="${path}"/>`);
    const left = LEFT + index * 150;
    parts.push(
      `<rect class="s${index % 4}" x="${left}" y="${HEIGHT - 11}" width="12" height="3"/><text class="small" x="${left + 18}" y="${HEIGHT - 5}">${escapeMarkup(label)}</text>`,
    );
  }
  return svg(title, HEIGHT, parts.join("\n"));
}

function scale(
  axis: Axis,
  values: readonly number[],
  [from, to]: readonly [number, number],
  start: (...values: number[]) => number,
) {
  const transform = axis.logarithmic
    ? (value: number) => Math.log10(Math.max(value, 1e-3))
    : (value: number) => value;
  const low = axis.logarithmic ? Math.floor(transform(Math.min(...values))) : start(...values);
  const high = axis.logarithmic ? Math.ceil(transform(Math.max(...values))) : Math.max(...values, low + 1e-9);
  const at = (value: number) =>
    Math.round((from + ((transform(value) - low) / Math.max(high - low, 1e-9)) * (to - from)) * 10) / 10;
  const ticks = axis.logarithmic
    ? Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index))
    : Array.from({ length: TICKS + 1 }, (_, index) => low + ((high - low) * index) / TICKS);
  return { at, ticks };
}
