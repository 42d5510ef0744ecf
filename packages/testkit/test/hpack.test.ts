import http2 from "node:http2";
import { expect, test } from "vitest";
import { decodeHuffman } from "../src/http2/huffman.ts";
import { encodeFields, HpackReader, ScriptedPeer, SeededRandom } from "../src/index.ts";
import { failOnLeaks } from "../src/leaks.ts";

failOnLeaks();

const namesAndValues = (reader: HpackReader, hex: string) =>
  reader.read(Buffer.from(hex, "hex")).map(({ name, value }) => `${name}: ${value}`);

test("reads the requests of RFC 7541, Appendix C.4: Huffman strings and a dynamic table that grows", () => {
  const reader = new HpackReader();
  expect(namesAndValues(reader, "828684418cf1e3c2e5f23a6ba0ab90f4ff")).toEqual([
    ":method: GET",
    ":scheme: http",
    ":path: /",
    ":authority: www.example.com",
  ]);
  expect(reader.tableSize).toBe(57);
  expect(namesAndValues(reader, "828684be5886a8eb10649cbf")).toContain("cache-control: no-cache");
  expect(reader.tableSize).toBe(110);
  const third = namesAndValues(reader, "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf");
  expect(third).toEqual([
    ":method: GET",
    ":scheme: https",
    ":path: /index.html",
    ":authority: www.example.com",
    "custom-key: custom-value",
  ]);
  expect(reader.tableSize).toBe(164);
});

test("reads the requests of RFC 7541, Appendix C.3: raw strings", () => {
  const reader = new HpackReader();
  expect(namesAndValues(reader, "828684410f7777772e6578616d706c652e636f6d")).toContain(
    ":authority: www.example.com",
  );
  expect(namesAndValues(reader, "828684be58086e6f2d6361636865")).toContain("cache-control: no-cache");
});

test("reports how each field was encoded", () => {
  const reader = new HpackReader();
  const block = Buffer.concat([
    Buffer.of(0x83), // :method POST
    Buffer.of(0x41, 1, 0x61), // :authority, incremental
    Buffer.of(0x04, 1, 0x2f), // :path, without indexing
    Buffer.of(0x1f, 0x08, 1, 0x74), // authorization (23), never indexed
  ]);
  expect(reader.read(block).map((field) => field.indexing)).toEqual([
    "indexed",
    "incremental",
    "without",
    "never",
  ]);
});

test.each([
  ["index 0", "80"],
  ["an index beyond both tables", "be"],
  ["a string longer than the block", "000561"],
  ["a table size over the limit", "3fe21f"],
  ["a size update after a field", "8220"],
  ["an integer without end", "ffffffffffffffffffff"],
  ["Huffman padding of zeros", "00016181" + "00"],
])("refuses %s", (_, hex) => {
  expect(() => new HpackReader().read(Buffer.from(hex, "hex"))).toThrow();
});

test("refuses a block without a size update after the limit was lowered", () => {
  const reader = new HpackReader();
  reader.limit = 100;
  expect(() => reader.read(Buffer.of(0x82))).toThrow(/size update/);
  expect(reader.read(Buffer.from("3f4582", "hex"))).toHaveLength(1);
});

test("refuses EOS inside a Huffman string", () => {
  expect(() => decodeHuffman(Buffer.from("ffffffff", "hex"))).toThrow(/EOS/);
});

test("reads what it writes, also strings longer than one length byte", () => {
  const fields = [
    [":status", "200"],
    [":status", "429"],
    ["x-long", "v".repeat(20_000)],
  ] as const;
  expect(new HpackReader().read(encodeFields(fields)).map(({ name, value }) => [name, value])).toEqual(
    fields,
  );
  expect(encodeFields({ ":status": 200 })).toEqual(Buffer.of(0x88));
});

test.each([0, 100, 4096, 65_536])(
  "reads all that nghttp2 encodes with a table of %i bytes: every octet, repeated and sensitive fields",
  async (headerTableSize) => {
    await using peer = await ScriptedPeer.listen({ settings: { headerTableSize }, respond: () => ({}) });
    const client = http2.connect(peer.origin, { ca: peer.ca });
    await new Promise((resolve) => client.once("remoteSettings", resolve));
    const session = await peer.session();
    await session.nextFrame("SETTINGS", (frame) => frame.ack);
    const random = new SeededRandom(headerTableSize);
    // Node passes latin1 strings to nghttp2. A 0 would end a string early, and the RFC trims white space at
    // its ends.
    const octets = Array.from({ length: 256 }, (_, i) => i).filter((i) => i > 0x20 && i !== 0x7f);
    const values = octets.map((octet) => String.fromCharCode(octet).repeat(random.integer(1, 40)));

    for (let round = 0; round < 40; round++) {
      const headers: Record<string, string | string[] | symbol> = { ":method": "POST", ":path": `/${round}` };
      for (let i = 0; i < 10; i++) headers[`x-${random.integer(0, 30)}`] = random.pick(values);
      const sensitive = Object.keys(headers).filter((name) => name.startsWith("x-") && random.chance(0.2));
      client
        .request({ ...headers, [http2.sensitiveHeaders]: sensitive } as never)
        .resume()
        .end();
      const request = await session.request();
      expect(request.headers).toMatchObject(headers);
      const never = request.fields.filter((field) => field.indexing === "never").map((field) => field.name);
      expect(never).toEqual(expect.arrayContaining(sensitive));
    }
    await new Promise<void>((resolve) => client.close(resolve));
  },
);
