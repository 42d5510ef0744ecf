import { MockApns } from "@apnskit/mock-server";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { expect, test } from "vitest";
import { Connection, Request } from "../src/index.ts";
import { outcomesOf } from "./support/index.ts";

failOnLeaks();

// Against a server on nghttp2 that answers as APNs does.

const headers = { "apns-topic": "com.example.app", "apns-push-type": "alert" };
const payload = { aps: { alert: "hi" } };

function device(number: number): string {
  return `/3/device/${number.toString(16).padStart(64, "0")}`;
}

test("a thousand at once, each accepted with an id of its own, on one connection", async () => {
  await using server = await MockApns.start({ auth: "anything" });
  await using connection = await Connection.open(server.origin, { tls: { ca: server.ca } });
  const push = Request.json(device(0), headers, payload);
  const first = await connection.post(push);
  expect([first.status, first.text()]).toEqual([200, ""]);
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, (_, i) => connection.post(push.to(device(i)))),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(answers.map(({ apnsId }) => apnsId)).size).toBe(1_000);
});

test("refusals come as answers, with APNs' own reasons", async () => {
  await using server = await MockApns.start({ auth: "anything" });
  await using connection = await Connection.open(server.origin, { tls: { ca: server.ca } });
  const reason = async (
    path: string,
    more: Record<string, string>,
    body: unknown = payload,
  ): Promise<string> => {
    const { status, reason } = await connection.post(Request.json(path, { ...headers, ...more }, body));
    return `${status} ${reason}`;
  };
  expect(await reason("/3/device/nonsense", {})).toBe("400 BadDeviceToken");
  expect(await reason("/3/nowhere/1", {})).toBe("404 BadPath");
  expect(await reason(device(1), { "apns-id": "nonsense" })).toBe("400 BadMessageId");
  expect(await reason(device(1), { "apns-priority": "7" })).toBe("400 BadPriority");
  expect(connection.state).toBe("active");
});

test("the id that was sent comes back", async () => {
  await using server = await MockApns.start({ auth: "anything" });
  await using connection = await Connection.open(server.origin, { tls: { ca: server.ca } });
  const id = "123e4567-e89b-12d3-a456-426614174000";
  const { apnsId } = await connection.post(Request.json(device(1), { ...headers, "apns-id": id }, payload));
  expect(apnsId?.toLowerCase()).toBe(id);
});

test("with token authentication nobody gets more than one stream before the first valid token", async () => {
  await using server = await MockApns.start({ auth: "token" });
  await using connection = await Connection.open(server.origin, { tls: { ca: server.ca } });
  expect(connection.capacity).toBe(1);
  const outcomes = await outcomesOf(
    [1, 2].map((i) => connection.post(Request.json(device(i), headers, payload))),
  );
  expect(outcomes).toEqual([403, "Blocked unsent"]);
});

test("with a client certificate: the large limit from the start", async () => {
  await using server = await MockApns.start({ auth: "certificate" });
  await using connection = await Connection.open(server.origin, server.clientOptions);
  expect(connection.capacity).toBe(1_000);
  const response = await connection.post(Request.json(device(1), headers, payload));
  expect([response.status, response.reason]).toEqual([200, undefined]);
});
