import { Decoder, ErrorCode, ProtocolError } from "../src/index.ts";
import { NotHpack, ReferenceDecoder } from "../test/support/reference-decoder.ts";
import { corpusOf } from "./corpus.ts";
import { must, mustEqual, type Target } from "./target.ts";

const LIMITS = [4_096, 0, 100, 65_536];
const MAX_LIST = 2_000;
/** The reference is slow: longer inputs are only checked for bounds. */
const REFERENCE_LENGTH = 1_500;

/**
 * The HPACK decoder. An input is one octet that chooses the table's limit, then blocks, each after its length in two
 * octets.
 */
export const hpackTarget: Target = {
  name: "hpack",
  headLength: undefined,
  seeds: () => corpusOf("hpack"),

  run(input) {
    const limit = LIMITS[(input[0] ?? 0) % LIMITS.length]!;
    const decoder = new Decoder(MAX_LIST);
    const elsewhere = new Decoder(MAX_LIST);
    const reference = new ReferenceDecoder();
    const compared = input.length <= REFERENCE_LENGTH;
    const words: string[] = [String(limit)];
    const blocks = blocksOf(input);
    for (const [i, block] of blocks.entries()) {
      // The limit comes down, or goes up, after the first block.
      if (i === 1) {
        for (const one of [decoder, elsewhere]) one.limitTable(limit);
        reference.limit = limit;
      }
      const outcome = decode(decoder, block, 0, block.length);
      // The same octets elsewhere, among others that must not be read.
      const around = Buffer.concat([Buffer.alloc(7, 0xff), block, Buffer.alloc(9, 0x81)]);
      mustEqual(
        decode(elsewhere, around, 7, 7 + block.length),
        outcome,
        "the same block decodes the same anywhere",
      );
      mustEqual(elsewhere.tableSize, decoder.tableSize, "and leaves the same table");
      must(decoder.tableSize <= Math.max(4_096, limit), "the table stays within its limit");
      if (compared) compare(reference, decoder, block, outcome);
      if (typeof outcome === "string") {
        words.push(outcome);
        break;
      }
      must(listSize(outcome) <= MAX_LIST, "the list stays within its bound");
      must(decoder.overflowed || outcome.length % 2 === 0, "names and values come in pairs");
      words.push(decoder.overflowed ? "overflow" : String(Math.min(outcome.length, 8)));
    }
    return words.slice(0, 6).join(" ");
  },
};

/** The fields, or the message of the error. */
function decode(decoder: Decoder, bytes: Buffer, start: number, end: number): string[] | string {
  try {
    return decoder.decode(bytes, start, end);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    must(error.errorCode === ErrorCode.COMPRESSION_ERROR, "every error is a COMPRESSION_ERROR");
    return error.message.replace(/\d+/g, "N");
  }
}

function compare(
  reference: ReferenceDecoder,
  decoder: Decoder,
  block: Buffer,
  outcome: readonly string[] | string,
): void {
  let expected: string[] | undefined;
  try {
    expected = reference.decode(block);
  } catch (error) {
    if (!(error instanceof NotHpack)) throw error;
  }
  must(
    (expected === undefined) === (typeof outcome === "string"),
    "what is no HPACK is refused, and nothing else",
  );
  if (expected === undefined) return;
  mustEqual(decoder.tableSize, reference.tableSize, "the table weighs what the reference's does");
  if (!decoder.overflowed) mustEqual(outcome, expected, "fields are those of the reference");
  must(decoder.overflowed === listSize(expected) > MAX_LIST, "overflow is told when there is one");
}

function listSize(fields: readonly string[]): number {
  return fields.reduce((sum, text) => sum + text.length + 16, 0);
}

function blocksOf(input: Buffer): Buffer[] {
  const blocks: Buffer[] = [];
  for (let at = 1; at + 2 <= input.length; ) {
    const length = input.readUInt16BE(at);
    blocks.push(input.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return blocks;
}
