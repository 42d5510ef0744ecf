import { sensitiveHeaders as neverIndexed } from "node:http2";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Field, FieldList, type Indexing } from "../../src/index.ts";
import { Nghttp2Server, Peer } from "../support/nghttp2-server.ts";

/**
 * Differential tests: what this package's encoder writes nghttp2 must read as it was meant, and what nghttp2 writes this
 * package's decoder must read so. Several requests share a connection, so that both dynamic tables are at work.
 */

const POLICIES: readonly Indexing[] = ["indexed", "name", "literal", "never"];

const withoutOuterSpace = (value: string) => value.replace(/^[ \t]+|[ \t]+$/g, "");

const name = fc.oneof(
  // A small set, so that names come again, some of them in the static table.
  fc.constantFrom(
    "apns-topic",
    "apns-id",
    "apns-push-type",
    "accept",
    "user-agent",
    "authorization",
    "x-a",
    "cookie",
  ),
  fc.stringMatching(/^x-[a-z0-9!#$%&'*+.^_`|~-]{0,30}$/),
  fc.nat({ max: 500 }).map((length) => `x-${"n".repeat(length)}`),
);

const value = fc.oneof(
  fc.constantFrom("", "com.example.app", "alert", "10", "a\tb c"),
  fc.stringMatching(/^[ -~\u0080-\u00ff]{0,40}$/).map(withoutOuterSpace),
  fc
    .tuple(fc.constantFrom("v", "0", "~", "\xff"), fc.nat({ max: 3_000 }))
    .map(([one, count]) => one.repeat(count)),
);

const field: fc.Arbitrary<Field> = fc.record({ name, value, indexing: fc.constantFrom(...POLICIES) });
const fields = fc.oneof(
  { weight: 6, arbitrary: fc.array(field, { maxLength: 12 }) },
  { weight: 1, arbitrary: fc.array(field, { minLength: 60, maxLength: 100, size: "max" }) },
);

/** A connection's worth of requests: shared fields, and for each request its own. */
const requests = fc.tuple(fields, fc.array(fields, { minLength: 1, maxLength: 8 }));

const pseudo = (path: string) => [
  ":method",
  "POST",
  ":scheme",
  "https",
  ":authority",
  "example.com",
  ":path",
  path,
];
const flat = (list: readonly Field[]) => list.flatMap(({ name, value }) => [name, value]);

const serverTables = [0, 4_096, 65_536];
const ownTables = [
  { encoderTableSize: 0, headerTableSize: 0 },
  { encoderTableSize: 256, headerTableSize: 100 },
  { encoderTableSize: 4_096, headerTableSize: 4_096 },
  { encoderTableSize: 65_536, headerTableSize: 65_536 },
];
const tables = serverTables.flatMap((server) => ownTables.map((own) => ({ server, ...own })));

describe.each(tables)(
  "server table $server, encoder $encoderTableSize, decoder $headerTableSize",
  ({ server: headerTableSize, ...own }) => {
    test("nghttp2 reads what the encoder writes", async () => {
      await using server = await Nghttp2Server.start({
        settings: { headerTableSize, maxHeaderListSize: 10_000_000 },
      });
      const property = fc.asyncProperty(requests, async ([shared, own_]) => {
        server.received.clear();
        await using peer = await Peer.connect(server, { ...own, maxRequestHeaderListSize: 10_000_000 });
        const sharedFields = FieldList.trusted(shared);
        for (const [i, list] of own_.entries()) {
          const path = `/${i}`;
          const ownFields = list.length === 0 ? FieldList.empty : FieldList.trusted(list);
          peer.session.request(
            { method: "POST", path, sharedFields, ownFields, content: Buffer.from(path) },
            path,
          );
          if (i % 3 === 0) peer.flush();
        }
        peer.flush();
        await peer.until(() => peer.finished.size === own_.length);
        for (const [i, list] of own_.entries()) {
          const path = `/${i}`;
          expect(server.received.get(path)).toEqual({
            fields: [...pseudo(path), ...flat(shared), ...flat(list)],
            body: path,
          });
        }
      });
      await fc.assert(property, { numRuns: 15, endOnFailure: false });
    });

    test("the decoder reads what nghttp2 writes", async () => {
      await using server = await Nghttp2Server.start({ settings: { headerTableSize } });
      const answers = fc.array(
        fc.uniqueArray(
          fc.record({
            name: name.filter((one) => one !== "cookie"),
            value,
            sensitive: fc.boolean(),
          }),
          { selector: (one) => one.name, maxLength: 40 },
        ),
        { minLength: 1, maxLength: 8 },
      );
      const property = fc.asyncProperty(answers, async (lists) => {
        await using peer = await Peer.connect(server, {
          ...own,
          maxHeaderListSize: 1_000_000,
          maxHeaderBlockLength: 1_000_000,
          maxContinuations: 100,
        });
        for (const [i, list] of lists.entries()) {
          const path = `/${i}`;
          const headers = Object.fromEntries([["date", "now"], ...list.map((one) => [one.name, one.value])]);
          const sensitive = list.filter((one) => one.sensitive).map((one) => one.name);
          server.answers.set(path, { headers: { ...headers, [neverIndexed]: sensitive } });
          peer.session.request(
            {
              method: "GET",
              path,
              sharedFields: FieldList.empty,
              ownFields: FieldList.empty,
              content: Buffer.alloc(0),
            },
            path,
          );
        }
        peer.flush();
        await peer.until(() => peer.finished.size === lists.length);
        for (const [i, list] of lists.entries()) {
          const expected = [":status", "200", "date", "now", ...list.flatMap((one) => [one.name, one.value])];
          expect(peer.finished.get(`/${i}`)!.fields).toEqual(expected);
        }
      });
      await fc.assert(property, { numRuns: 15, endOnFailure: false });
    });
  },
);

test("the server may change its table size at any time, down and up", async () => {
  await using server = await Nghttp2Server.start();
  await using peer = await Peer.connect(server, { encoderTableSize: 65_536 });
  const sharedFields = FieldList.from(
    Array.from({ length: 30 }, (_, i) => [`x-shared-${i}`, `value ${i}`] as const),
    () => "indexed",
  );
  let sent = 0;
  const post = () => {
    const path = `/${sent++}`;
    peer.session.request(
      { method: "POST", path, sharedFields, ownFields: FieldList.empty, content: Buffer.alloc(0) },
      path,
    );
  };
  for (const size of [4_096, 0, 65_536, 128, 300, 299, 0, 0, 4_096, 65_536, 1]) {
    server.sessions[0]!.settings({ headerTableSize: size });
    // Requests that cross the SETTINGS frame on its way, then some that follow it.
    post();
    post();
    peer.flush();
    await peer.until(() => peer.session.remoteSettings.headerTableSize === size);
    post();
    post();
    peer.flush();
    await peer.until(() => peer.finished.size === sent);
  }
  for (let i = 0; i < sent; i++) {
    expect(server.received.get(`/${i}`)!.fields).toEqual([...pseudo(`/${i}`), ...flat(sharedFields.fields)]);
  }
});

test("bodies larger than small windows go both ways", async () => {
  await using server = await Nghttp2Server.start({ settings: { initialWindowSize: 1_000 } });
  await using peer = await Peer.connect(server);
  const bodyOf = (i: number) => String.fromCharCode(97 + i).repeat(i * 5_000);
  for (let i = 0; i < 20; i++) {
    const path = `/${i}`;
    server.answers.set(path, {
      headers: {},
      body: bodyOf(i).slice(0, 65_000),
      trailers: { "x-sum": String(i) },
    });
    peer.session.request(
      {
        method: "POST",
        path,
        sharedFields: FieldList.empty,
        ownFields: FieldList.empty,
        content: Buffer.from(bodyOf(i)),
      },
      path,
    );
  }
  peer.flush();
  await peer.until(() => peer.finished.size === 20);
  for (let i = 0; i < 20; i++) {
    expect(server.received.get(`/${i}`)!.body).toBe(bodyOf(i));
    const stream = peer.finished.get(`/${i}`)!;
    expect(Buffer.from(stream.body).toString()).toBe(bodyOf(i).slice(0, 65_000));
    expect(stream.trailers).toEqual(["x-sum", String(i)]);
  }
});

test.each([1, 3])(
  "windows that SETTINGS raise while bodies wait, %i frames at a time, are used after the acknowledgement",
  async (frames) => {
    await using server = await Nghttp2Server.start({ settings: { initialWindowSize: 10 } });
    await using peer = await Peer.connect(server);
    for (let i = 0; i < 20; i++) {
      const path = `/${i}`;
      const body = Buffer.alloc(3_000, "b");
      const request = {
        method: "POST",
        path,
        sharedFields: FieldList.empty,
        ownFields: FieldList.empty,
        content: body,
      };
      peer.session.request(request, path);
    }
    peer.flush();
    const [session] = server.sessions;
    for (let i = 1; i <= frames; i++) session!.settings({ initialWindowSize: i * 20_000 });
    await peer.until(() => peer.finished.size === 20);
    for (let i = 0; i < 20; i++) expect(server.received.get(`/${i}`)!.body).toHaveLength(3_000);
  },
);

test("500 requests on one connection, each with its own answer", async () => {
  await using server = await Nghttp2Server.start({ settings: { maxConcurrentStreams: 50 } });
  await using peer = await Peer.connect(server);
  const sharedFields = FieldList.from([["apns-topic", "com.example.app"]], () => "indexed");
  let sent = 0;
  await peer.until(() => {
    while (sent < 500 && peer.session.freeStreams > 0) {
      const path = `/3/device/${sent}`;
      server.answers.set(path, { headers: { "x-path": path }, body: `answer ${sent}` });
      const ownFields = FieldList.from([["apns-id", String(sent)]], () => "name");
      peer.session.request(
        { method: "POST", path, sharedFields, ownFields, content: Buffer.from(`body ${sent}`) },
        path,
      );
      sent++;
    }
    peer.flush();
    return peer.finished.size === 500;
  });
  for (let i = 0; i < 500; i++) {
    const path = `/3/device/${i}`;
    expect(server.received.get(path)!.body).toBe(`body ${i}`);
    const stream = peer.finished.get(path)!;
    expect(stream.fields).toContain(path);
    expect(Buffer.from(stream.body).toString()).toBe(`answer ${i}`);
  }
});
