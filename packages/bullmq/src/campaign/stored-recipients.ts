import { createHash, randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { deflateRaw, inflateRaw } from "node:zlib";
import { ClaimLost, type Recipient, type RecipientSource, RecipientsChanged } from "@apnskit/campaign";
import { received } from "@apnskit/connection/internal";
import { InvalidOption } from "apnskit";
import type { FencedLogs } from "../log/fenced-log.ts";
import { LogWriter } from "../log/log-writer.ts";
import { recipientsLogOf } from "./log-names.ts";

const pack = promisify(deflateRaw);
const unpack = promisify(inflateRaw);

/** Recipients per compressed chunk. */
const CHUNK = 1_000;

/** Identifies the recipients that the store keeps for a campaign. Part of the campaign's plan. */
export interface StoredRecipients {
  /** The call that stored the recipients. Each range names it, so two calls never mix. */
  readonly writer: string;
  /** SHA-256 of all recipients in their order. */
  readonly fingerprint: string;
}

/** Number and fingerprint of recipients. */
export interface Counted {
  readonly count: number;
  readonly fingerprint: string;
}

/**
 * Stores the recipients of a campaign, one log for each range. A log has the writer's name, then chunks of
 * 1,000 recipients. A chunk is JSON lines, compressed (RFC 1951) and in base64.
 *
 * @throws InvalidOption
 * @throws ClaimLost when another process stores recipients for the same campaign
 * @throws errors of the source
 */
export async function storeRecipients(
  logs: FencedLogs,
  campaign: string,
  rangeSize: number,
  source: RecipientSource<Recipient>,
): Promise<{ readonly count: number; readonly stored: StoredRecipients }> {
  const writer = randomUUID();
  let range = 0;
  let size = 0;
  let chunks: string[] = [];
  const writeRange = async (): Promise<void> => {
    if (size === 0) return;
    const name = recipientsLogOf(campaign, range);
    const log = new LogWriter(logs, name, await logs.take(name));
    await log.rewrite([writer, ...chunks]);
    range++;
    size = 0;
    chunks = [];
  };
  const pushAll = async (lines: readonly string[]): Promise<void> => {
    for (let at = 0; at < lines.length; ) {
      const end = at + Math.min(lines.length - at, rangeSize - size);
      const packed = await pack(lines.slice(at, end).join("\n"));
      chunks.push(packed.toString("base64"));
      size += end - at;
      at = end;
      if (size === rangeSize) await writeRange();
    }
  };
  try {
    const { count, fingerprint } = await readThrough(source, pushAll);
    await writeRange();
    return { count, stored: { writer, fingerprint } };
  } catch (error) {
    // Another call stores the same campaign. Its recipients must stay.
    if (!(error instanceof ClaimLost)) {
      await logs.remove([...Array(range).keys()].map((one) => recipientsLogOf(campaign, one)));
    }
    throw error;
  }
}

/**
 * Reads recipients without storing them.
 *
 * @throws InvalidOption, and errors of the source
 */
export function countRecipients(source: RecipientSource<Recipient>): Promise<Counted> {
  return readThrough(source, async () => {});
}

/**
 * Reads the stored recipients of a range.
 *
 * @param from place of the range's first recipient
 * @throws RecipientsChanged when the store lacks the recipients that the campaign began with
 */
export async function readStoredRecipients(
  logs: FencedLogs,
  campaign: string,
  { writer }: StoredRecipients,
  range: number,
  from: number,
): Promise<Recipient[]> {
  const [records] = await logs.read([recipientsLogOf(campaign, range)]);
  const [found, ...chunks] = records!;
  if (found !== writer) {
    const what = found === undefined ? "has no recipients" : "has other recipients";
    const message = `the store ${what} from ${from} on for the campaign ${campaign}; start it again under another name`;
    throw new RecipientsChanged(from, message);
  }
  const recipients: Recipient[] = [];
  for (const chunk of chunks) {
    const text = (await unpack(Buffer.from(chunk, "base64"))).toString("utf8");
    for (const line of text.split("\n")) recipients.push(JSON.parse(line) as Recipient);
  }
  return recipients;
}

async function readThrough(
  source: RecipientSource<Recipient>,
  onLines: (lines: readonly string[]) => Promise<void>,
): Promise<Counted> {
  const hash = createHash("sha256");
  let count = 0;
  let lines: string[] = [];
  const flush = async (): Promise<void> => {
    for (const line of lines) hash.update(line).update("\n");
    await onLines(lines);
    lines = [];
  };
  for await (const recipient of typeof source === "function" ? source() : source) {
    lines.push(lineOf(recipient, count++));
    if (lines.length === CHUNK) await flush();
  }
  await flush();
  if (count === 0) throw new InvalidOption("recipients", "recipients is empty; give at least one recipient");
  return { count, fingerprint: hash.digest("base64url") };
}

/** JSON without line breaks. @throws InvalidOption */
function lineOf(recipient: Recipient, index: number): string {
  const token: unknown = typeof recipient === "object" ? recipient?.token : recipient;
  if (typeof token !== "string") {
    const rule = "must be a device token as a string, or an object with a device token as its `token`";
    throw new InvalidOption("recipients", `recipient ${index} ${rule}${received(recipient)}`);
  }
  try {
    return JSON.stringify(recipient);
  } catch (cause) {
    const error = new InvalidOption("recipients", `recipient ${index} cannot be written as JSON`);
    throw Object.assign(error, { cause });
  }
}
