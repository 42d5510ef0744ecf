import { expect, test } from "vitest";
import { Decoder } from "../../src/hpack/decoder.ts";
import { staticFieldIndex, staticNameIndex } from "../../src/hpack/static-table.ts";
import { indexed } from "../support/header-block.ts";

/** RFC 7541 Appendix A, in order; a field without a value has none. */
const appendixA = `
:authority|:method GET|:method POST|:path /|:path /index.html|:scheme http|:scheme https|:status 200|:status 204
:status 206|:status 304|:status 400|:status 404|:status 500|accept-charset|accept-encoding gzip, deflate
accept-language|accept-ranges|accept|access-control-allow-origin|age|allow|authorization|cache-control
content-disposition|content-encoding|content-language|content-length|content-location|content-range|content-type
cookie|date|etag|expect|expires|from|host|if-match|if-modified-since|if-none-match|if-range|if-unmodified-since
last-modified|link|location|max-forwards|proxy-authenticate|proxy-authorization|range|referer|refresh|retry-after
server|set-cookie|strict-transport-security|transfer-encoding|user-agent|vary|via|www-authenticate`
  .trim()
  .split(/[|\n]/)
  .map((line): [string, string] => {
    const space = line.indexOf(" ");
    return space < 0 ? [line, ""] : [line.slice(0, space), line.slice(space + 1)];
  });

test("indices 1 to 61 stand for the fields of RFC 7541 Appendix A", () => {
  expect(appendixA).toHaveLength(61);
  const decoder = new Decoder(1_000);
  for (const [i, field] of appendixA.entries()) {
    expect(decoder.decode(Buffer.from(indexed(i + 1)), 0, 1)).toEqual(field);
  }
});

test("the encoder finds each name at its lowest index, and each field that has a value", () => {
  for (const [i, [name, value]] of appendixA.entries()) {
    expect(staticNameIndex(name)).toBe(appendixA.findIndex(([other]) => other === name) + 1);
    expect(staticFieldIndex(name, value)).toBe(value === "" ? 0 : i + 1);
  }
  expect(staticNameIndex("apns-topic")).toBe(0);
  expect(staticFieldIndex(":method", "PUT")).toBe(0);
});
