/** The few colours of the output, by what they mean. */
export type Tone = "good" | "bad" | "warning" | "faint" | "strong";

const CODES: Readonly<Record<Tone, readonly [on: number, off: number]>> = {
  good: [32, 39],
  bad: [31, 39],
  warning: [33, 39],
  faint: [2, 22],
  strong: [1, 22],
};

/** Colours text, or leaves it unchanged. */
export type Paint = (tone: Tone, text: string) => string;

/**
 * Whether to use colours (no-color.org): the flag decides, then `NO_COLOR` if it is not empty, then whether the stream
 * is a terminal that is not `dumb`.
 */
export function usesColour(flag: boolean | undefined, env: NodeJS.ProcessEnv, isTTY: boolean): boolean {
  if (flag !== undefined) return flag;
  if ((env.NO_COLOR ?? "") !== "") return false;
  return isTTY && env.TERM !== "dumb";
}

export function painter(enabled: boolean): Paint {
  return (tone, text) => {
    if (!enabled) return text;
    const [on, off] = CODES[tone];
    return `\u001b[${on}m${text}\u001b[${off}m`;
  };
}
