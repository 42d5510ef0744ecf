import { once } from "node:events";
import http2 from "node:http2";
import { expect, test } from "vitest";
import { ScriptedPeer } from "../src/index.ts";

test("smoke", async () => {
  await using peer = await ScriptedPeer.listen();
  const client = http2.connect(peer.origin, { ca: peer.ca });
  const session = await peer.session();
  const stream = client.request({ ":method": "POST", ":path": "/3/device/abc", "x-y": "z" });
  stream.end("hello");
  const request = await session.request();
  expect(request.path).toBe("/3/device/abc");
  expect(request.body.toString()).toBe("hello");
  request.respond({ status: 429, body: { reason: "TooManyRequests" } });
  const [headers] = await once(stream, "response");
  expect(headers[":status"]).toBe(429);
  const chunks = await stream.toArray();
  expect(Buffer.concat(chunks).toString()).toBe('{"reason":"TooManyRequests"}');
  await session.roundTrip();
  client.close();
  await session.whenClosed();
  expect(peer.violations).toEqual([]);
});
