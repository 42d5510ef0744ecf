import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { octetsOf, TextContent } from "../src/index.ts";
import { SettingId, settings, windowUpdate } from "./support/frames.ts";
import { Harness } from "./support/session.ts";

describe("a content of text", () => {
  test("has the length of its UTF-8 form", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const content = new TextContent(text);
        expect(content.length).toBe(Buffer.from(text).length);
        expect(Buffer.from(octetsOf(content))).toEqual(Buffer.from(text));
      }),
    );
  });

  test("is written as its octets are, through any window, however often it is sent", () => {
    const texts = fc.oneof(fc.string({ unit: "binary", maxLength: 300 }), fc.string({ maxLength: 300 }));
    fc.assert(
      fc.property(
        texts,
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 3 }),
        (text, window, times) => {
          const content = new TextContent(text);
          const [ofText, ofOctets] = [content, Buffer.from(text)].map((each) => {
            const harness = new Harness();
            harness.receive(settings([SettingId.initialWindowSize, window]));
            for (let i = 0; i < times; i++) harness.post({ content: each });
            const written = [harness.take()];
            for (let i = 0; i < times; i++) harness.receive(windowUpdate(2 * i + 1, 2_000));
            return Buffer.concat([...written, harness.take()]);
          });
          expect(ofText).toEqual(ofOctets);
        },
      ),
    );
  });
});
