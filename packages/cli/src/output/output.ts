import type { Terminal } from "../terminal.ts";
import { type Paint, painter, usesColour } from "./colour.ts";
import { LiveLine } from "./live-line.ts";

/** The form of the output, by the options that every command has. */
export interface OutputOptions {
  readonly json?: boolean;
  /** `true` and `false` if requested; absent: stdout decides. */
  readonly color?: boolean;
}

/**
 * The output of a command: results go to stdout, the rest to stderr. A live line on stderr makes room for
 * both.
 */
export class Output {
  readonly json: boolean;
  /** For results. */
  readonly paint: Paint;
  /** For notes. */
  readonly paintNote: Paint;
  readonly live: LiveLine;
  readonly #terminal: Terminal;

  constructor(terminal: Terminal, { json = false, color }: OutputOptions) {
    const { stdout, stderr, env } = terminal;
    this.json = json;
    this.#terminal = terminal;
    this.paint = painter(!json && usesColour(color, env, stdout.isTTY === true));
    this.paintNote = painter(usesColour(color, env, stderr.isTTY === true));
    this.live = new LiveLine(stderr);
  }

  /** A line of the result for people. */
  line(text: string): void {
    this.#write(`${text}\n`);
  }

  /** A line of the result for programs. */
  record(value: object): void {
    this.#write(`${JSON.stringify(value)}\n`);
  }

  /** Writes a result in the requested one of both forms. */
  result(record: object, text: () => string): void {
    if (this.json) this.record(record);
    else this.line(text());
  }

  /** A line for stderr. */
  note(text: string): void {
    this.live.interrupt(() => void this.#terminal.stderr.write(`${text}\n`));
  }

  /** The file for results, for commands that write many. */
  get stdout(): NodeJS.WriteStream {
    return this.#terminal.stdout;
  }

  #write(text: string): void {
    this.live.interrupt(() => void this.#terminal.stdout.write(text));
  }
}
