import fc from "fast-check";
import { expect, test } from "vitest";
import { Decoder, Encoder, type Field, FieldList, type Indexing, OutputBuffer } from "../../src/index.ts";
import { ReferenceDecoder } from "../support/reference-decoder.ts";

/** Octets as characters, any of them: the encoder and the decoder are not those who judge what a field may hold. */
const text = fc.oneof(
  fc.constantFrom("", "a", "apns-topic", ":path", "accept", "com.example.app"),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
  fc.nat({ max: 1_500 }).map((length) => "v".repeat(length)),
);
const field: fc.Arbitrary<Field> = fc.record({
  name: text,
  value: text,
  indexing: fc.constantFrom<Indexing>("indexed", "name", "literal", "never"),
});
const list = fc.array(field, { maxLength: 10 });

/** A block of fields, one of the shared lists, or a change of the table that the peer allows. */
const step = fc.oneof(
  { weight: 4, arbitrary: list.map((fields) => ({ fields })) },
  { weight: 4, arbitrary: fc.nat({ max: 2 }).map((shared) => ({ shared })) },
  { weight: 2, arbitrary: fc.constantFrom(0, 33, 100, 500, 4_096, 20_000, 65_536).map((peer) => ({ peer })) },
);

test("a decoder reads what an encoder wrote, over changes of the table and a list's memory", () => {
  const property = fc.property(
    fc.constantFrom(0, 64, 1_000, 4_096, 65_536),
    fc.tuple(list, list, list),
    fc.array(step, { maxLength: 40, size: "max" }),
    (cap, sharedFields, steps) => {
      const encoder = new Encoder(cap);
      const decoder = new Decoder(1_000_000);
      const reference = new ReferenceDecoder();
      const lists = sharedFields.map((fields) => FieldList.trusted(fields));
      const out = new OutputBuffer();
      for (const one of steps) {
        if ("peer" in one) {
          // Both ends learn of it at once here; the decoder insists on the acknowledgement.
          encoder.setPeerTableSize(one.peer);
          decoder.limitTable(one.peer);
          reference.limit = one.peer;
          continue;
        }
        const fields = "fields" in one ? one.fields : lists[one.shared]!.fields;
        encoder.beginBlock(out);
        if ("fields" in one) encoder.encodeFields(fields, FieldList.trusted(fields).maxEncodedLength, out);
        else encoder.encodeList(lists[one.shared]!, out);
        const bytes = out.take() ?? Buffer.alloc(0);
        const expected = fields.flatMap(({ name, value }) => [name, value]);
        expect(decoder.decode(bytes, 0, bytes.length)).toEqual(expected);
        expect(reference.decode(bytes)).toEqual(expected);
        expect(reference.tableSize).toBe(decoder.tableSize);
        expect(encoder.tableSize).toBe(decoder.tableSize);
        expect(encoder.tableSize).toBeLessThanOrEqual(cap);
      }
    },
  );
  fc.assert(property, { numRuns: 60 });
});
