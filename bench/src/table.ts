export type Row = readonly string[];

/** Pads columns to their widest cell. The first column is left-aligned, numbers are right-aligned. */
export function textTable(header: Row, rows: readonly Row[]): string {
  const widths = header.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (row: Row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join("  ")
      .trimEnd();
  return [line(header), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)].join("\n");
}

export function markdownTable(header: Row, rows: readonly Row[]): string {
  const line = (row: Row) => `| ${row.join(" | ")} |`;
  const rule = header.map((_, column) => (column === 0 ? "---" : "---:"));
  return [line(header), line(rule), ...rows.map(line)].join("\n");
}

/** 12345.6 → "12,346"; values below a hundred get up to `digits` significant digits. */
export function number(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return "–";
  return Math.abs(value) >= 100
    ? Math.round(value).toLocaleString("en-GB")
    : value.toLocaleString("en-GB", { maximumSignificantDigits: digits });
}

export function megabytes(bytes: number | null): string {
  return bytes === null ? "–" : `${number(bytes / 1e6)} MB`;
}
