// A terminal shows a line that changes; a file or a build log gets a line now and then.
const REDRAW_INTERVAL = 100;
const PLAIN_INTERVAL = 5_000;

/** The members of a terminal or pipe that the line needs. */
export interface LiveStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/**
 * Shows the progress of a long command on one line, which changes in place on a terminal and is printed every
 * few seconds elsewhere. The clock triggers the drawing, not the notifications, so it costs the same at any
 * rate.
 */
export class LiveLine {
  readonly #stream: LiveStream;
  #text: (() => string) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: LiveStream) {
    this.#stream = stream;
  }

  /** @param text returns the current line; called at every redraw */
  start(text: () => string): void {
    this.stop();
    this.#text = text;
    this.#timer = setInterval(() => this.#draw(), this.#stream.isTTY ? REDRAW_INTERVAL : PLAIN_INTERVAL);
    this.#timer.unref();
    if (this.#stream.isTTY) this.#draw();
  }

  /** Lets `print` write other lines without mixing them with this one. */
  interrupt(print: () => void): void {
    const drawn = this.#text !== undefined && this.#stream.isTTY === true;
    if (drawn) this.#clear();
    print();
    if (drawn) this.#draw();
  }

  /** Removes the line. */
  stop(): void {
    if (this.#text === undefined) return;
    clearInterval(this.#timer);
    this.#text = undefined;
    if (this.#stream.isTTY) this.#clear();
  }

  #draw(): void {
    const text = this.#text?.() ?? "";
    if (!this.#stream.isTTY) {
      this.#stream.write(`${text}\n`);
      return;
    }
    this.#clear();
    // One column stays free, because a full line would wrap on some terminals.
    const columns = (this.#stream.columns || 80) - 1;
    this.#stream.write(text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`);
  }

  #clear(): void {
    this.#stream.write("\r\u001b[2K");
  }
}
