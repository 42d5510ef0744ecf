import type { ExitCode } from "../exit-codes.ts";
import { oneLine } from "../failure.ts";
import type { Output } from "../output/output.ts";

/** The result of a check. */
export interface Finding {
  /** The subject of the check, in a word or two. */
  readonly check: string;
  readonly status: "ok" | "warning" | "failed" | "skipped";
  readonly detail: string;
  /** The remedy. */
  readonly remedy?: string;
  /** Of a failed check: the exit code of the command, if this check is the first to fail. */
  readonly exitCode?: ExitCode;
}

const MARKS = {
  ok: ["✓", "good"],
  warning: ["!", "warning"],
  failed: ["✗", "bad"],
  skipped: ["–", "faint"],
} as const;

/** Shows findings as they come, and keeps the exit code. */
export class Findings {
  readonly #output: Output;
  #exitCode: ExitCode = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  /** The exit code of the first check that failed. */
  get exitCode(): ExitCode {
    return this.#exitCode;
  }

  add(finding: Finding): void {
    const { check, status, detail, remedy, exitCode } = finding;
    if (status === "failed" && this.#exitCode === 0) this.#exitCode = exitCode ?? 1;
    this.#output.result({ check, status, detail, ...(remedy !== undefined && { remedy }) }, () => {
      const [mark, tone] = MARKS[status];
      const row = `${this.#output.paint(tone, mark)} ${check.padEnd(12)} ${oneLine(detail)}`;
      return remedy === undefined ? row : `${row}\n${" ".repeat(15)}→ ${remedy}`;
    });
  }
}
