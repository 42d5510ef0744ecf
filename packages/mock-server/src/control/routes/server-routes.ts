import * as v from "valibot";
import { InvalidMockInput } from "../../errors.ts";
import { whole } from "../../schema/field.ts";
import { Shape } from "../../schema/shape.ts";
import { type DeviceChange, deviceChangeShape } from "../../services/device-registry.ts";
import {
  channelSchema,
  connectionRecordSchema,
  deviceSchema,
  serverSchema,
  walletItemSchema,
} from "../answer-schemas.ts";
import { MOST_LISTENERS } from "../event-feed.ts";
import { DONE, ok, okList } from "../reply.ts";
import type { ControlWorld, Route } from "../route.ts";

const PLAIN = "text/plain; charset=utf-8";
const eventsShape = new Shape<{ after?: number }>("the query", { after: whole(0) });

/** Routes for the server's own state, and its devices. */
export const serverRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/",
    does: "Origins, connections, totals, faults; for browsers, which ask for HTML, the page.",
    answers: { 200: { does: "The server.", schema: serverSchema } },
    run: async (call) => {
      const page = call.header("accept")?.includes("text/html")
        ? await call.page.file("index.html")
        : undefined;
      return page ?? { status: 200, headers: { vary: "accept" }, body: describe(call) };
    },
  },
  {
    method: "GET",
    path: "/healthz",
    does: "Answers once the server is up; for scripts and containers.",
    answers: { 200: { does: "It is up.", schema: v.strictObject({ status: v.literal("ok") }) } },
    run: () => ok({ status: "ok" }),
  },
  {
    method: "GET",
    path: "/events",
    does:
      "Server-sent events: `entries` of the ledger as they arrive and again when they are settled, `cleared`, and the " +
      "`state` of the server. The id of an event is a ledger id; `Last-Event-ID` goes on behind it without a gap.",
    query: eventsShape,
    answers: {
      200: { does: "Events, without an end.", type: "text/event-stream" },
      503: { does: `${MOST_LISTENERS} others listen already.` },
    },
    run: ({ feed, query, header }) => {
      const { after } = eventsShape.read(query);
      const last = header("last-event-id");
      if (last !== undefined && !/^\d{1,15}$/.test(last)) {
        throw new InvalidMockInput("`Last-Event-ID` must be an id of the ledger, which is a number");
      }
      if (feed.size >= MOST_LISTENERS) {
        const error = `${MOST_LISTENERS} pages listen already; close one of them`;
        return { status: 503, headers: { "retry-after": "5" }, body: { error } };
      }
      return {
        stream: (response) => feed.listen(response, last === undefined ? (after ?? 0) : Number(last)),
      };
    },
  },
  {
    method: "GET",
    path: "/provider-token",
    does: "A signed provider token.",
    answers: { 200: { does: "The token.", schema: v.strictObject({ token: v.string() }) } },
    run: ({ server }) => ok({ token: server.providerToken() }),
  },
  {
    method: "GET",
    path: "/provider-token.txt",
    does: "The same as plain text, for curl.",
    answers: { 200: { does: "The token.", type: PLAIN } },
    run: ({ server }) => ({ status: 200, type: PLAIN, content: server.providerToken() }),
  },
  {
    method: "GET",
    path: "/ca.pem",
    does: "The authority's certificate, which clients must trust.",
    answers: { 200: { does: "PEM.", type: "application/x-pem-file" } },
    run: ({ server }) => ({ status: 200, type: "application/x-pem-file", content: server.ca }),
  },
  {
    method: "GET",
    path: "/connections",
    does: "The records of open connections and of the latest closed ones, oldest first.",
    answers: {
      200: { does: "The records.", schema: v.strictObject({ connections: v.array(connectionRecordSchema) }) },
    },
    run: ({ server }) => okList("connections", server.connectionRecords),
  },
  {
    method: "GET",
    path: "/devices",
    does: "The device tokens that the server was told about.",
    answers: { 200: { does: "The devices.", schema: v.strictObject({ devices: v.array(deviceSchema) }) } },
    run: ({ server }) => okList("devices", server.devices.list()),
  },
  {
    method: "PUT",
    path: "/devices/{token}",
    does: "Registers, unregisters or expires a device token.",
    parameter: { name: "token", does: "The device token." },
    body: { schema: deviceChangeShape.schema, optional: true },
    answers: { 204: { does: "Done." } },
    run: ({ server, parameter, body }) => {
      server.devices.change(parameter, deviceChangeShape.check(body ?? {}) as DeviceChange);
      return DONE;
    },
  },
  {
    method: "DELETE",
    path: "/devices/{token}",
    does: "Forgets a device token.",
    parameter: { name: "token", does: "The device token." },
    answers: { 204: { does: "Done." }, 404: { does: "The server was not told about it." } },
    run: ({ server, parameter }) =>
      server.devices.forget(parameter) ? DONE : { status: 404, body: { error: "There is no such device" } },
  },
  {
    method: "GET",
    path: "/wallet/{token}",
    does: "The passes and orders that a device shows, if the server plays a device with this push token.",
    parameter: { name: "token", does: "The device token." },
    answers: { 200: { does: "The items.", schema: v.strictObject({ items: v.array(walletItemSchema) }) } },
    run: ({ server, parameter }) => {
      const token = parameter.toLowerCase();
      const device = server.wallet.devices.find(({ pushToken }) => pushToken === token);
      return okList("items", device?.items ?? []);
    },
  },
  {
    method: "GET",
    path: "/channels",
    does: "The broadcast channels.",
    answers: { 200: { does: "The channels.", schema: v.strictObject({ channels: v.array(channelSchema) }) } },
    run: ({ server }) => okList("channels", server.channels.list()),
  },
  {
    method: "GET",
    path: "/ui/{file}",
    does: "A file of the page.",
    parameter: { name: "file", does: "Its name." },
    answers: { 200: { does: "The file.", type: "*/*" }, 404: { does: "There is no such file, or no page." } },
    run: async ({ page, parameter }) =>
      (await page.file(parameter)) ?? { status: 404, body: { error: "There is no such file of the page" } },
  },
];

function describe({ server, credentialFiles }: ControlWorld): object {
  return {
    environment: server.environment,
    origin: server.origin,
    broadcastOrigin: server.broadcastOrigin,
    managementOrigin: server.managementOrigin,
    latency: server.latency,
    listening: server.isListening,
    totals: server.ledger.totals,
    connections: server.connections.map(({ number, state, inflight, streamLimit, refusedStreams }) => ({
      number,
      state,
      inflight,
      streamLimit,
      refusedStreams,
    })),
    faults: server.faults,
    credentialFiles,
    signingKey: { keyId: server.key.keyId, teamId: server.key.teamId },
  };
}
