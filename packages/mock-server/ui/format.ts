const time = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hour12: false,
});
const count = new Intl.NumberFormat("en");
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** `09:14:07.512`. */
export function clock(ms: number): string {
  return `${time.format(ms)}.${String(Math.floor(ms) % 1000).padStart(3, "0")}`;
}

/** `09:14:07`. */
export function seconds(ms: number): string {
  return time.format(ms);
}

export function number(value: number): string {
  return count.format(value);
}

/** `1 request`, `2 requests`. */
export function counted(value: number, noun: string): string {
  return `${number(value)} ${noun}${value === 1 ? "" : "s"}`;
}

export function date(ms: number): string {
  return Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? moment.format(ms) : String(ms);
}

/** Of milliseconds: `12 ms`, `1.2 s`, `5 min`, `3 h`. */
export function duration(ms: number): string {
  const length = Math.abs(ms);
  if (length < 1000) return `${Math.round(ms)} ms`;
  if (length < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  if (length < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}

/** The first eight characters of a device token. */
export function shortToken(token: string): string {
  return token.length > 8 ? `${token.slice(0, 8)}…` : token;
}
