import { InvalidMockInput, MockApnsClosed, NotReceived } from "../errors.ts";
import type { Fault } from "../faults/fault.ts";
import { shapeOfKind, strikeShapes } from "../faults/fault-shapes.ts";
import { checkLatency } from "../faults/latency.ts";
import { receivedShape } from "../ledger/ledger.ts";
import { type LedgerQuery, queryFields } from "../ledger/ledger-query.ts";
import type { Tally } from "../ledger/tally.ts";
import type { ConnectionAction, MockApns } from "../mock-apns.ts";
import { shown } from "../printable.ts";
import { choice, listOf, text, whole } from "../schema/field.ts";
import { Shape } from "../schema/shape.ts";
import { type DeviceChange, deviceChangeShape } from "../services/device-registry.ts";
import { type ControlReply, DONE, ok, okList } from "./reply.ts";

const ENTRIES_PER_ANSWER = 1000;

/** A request to the control endpoint: its body, and what stands in its path and query. */
export interface ControlCall {
  readonly server: MockApns;
  readonly query: URLSearchParams;
  /** What a `*` of the route matched. */
  readonly rest: string;
  /** The JSON of the body; undefined without one. */
  readonly body: unknown;
}

type Route = (call: ControlCall) => ControlReply | Promise<ControlReply>;

const ledgerShape = new Shape<LedgerQuery & { limit?: number }>("the query", {
  ...queryFields,
  limit: whole(1, 100_000),
});
const by = choice("apns-id", "collapse-id");
const summaryShape = new Shape<{ by: string }>("the query", { by }, ["by"]);
const countsShape = new Shape<{ by: string; ids: string[] }>("the body", { by, ids: listOf(text()) }, [
  "by",
  "ids",
]);
const nothing = new Shape<object>("the query", {});

/** What the endpoint can be asked, by path and method. A path that ends in `*` takes anything in its place. */
export const ROUTES: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  "/": { GET: ({ server }) => ok(describe(server)) },
  "/provider-token": { GET: ({ server }) => ok({ token: server.providerToken() }) },
  "/ledger": {
    GET: ({ server, query }) => {
      const { limit = ENTRIES_PER_ANSWER, ...wanted } = ledgerShape.read(query);
      const found = server.ledger.entries(wanted);
      // With `after` one pages forward, without it one sees the latest.
      const entries = wanted.after === undefined ? found.slice(-limit) : found.slice(0, limit);
      return okList("entries", entries, { totals: server.ledger.totals, more: found.length > limit });
    },
    DELETE: ({ server }) => {
      server.ledger.clear();
      return DONE;
    },
  },
  "/ledger/wait": {
    POST: async ({ server, body }) => {
      try {
        return okList("entries", await server.received(receivedShape.check(body ?? {})));
      } catch (error) {
        if (!(error instanceof NotReceived || error instanceof MockApnsClosed)) throw error;
        return { status: 408, body: { error: error.message, code: error.code } };
      }
    },
  },
  "/ledger/summary": {
    GET: ({ server, query }) => ok(tallyOf(server, summaryShape.read(query).by).summary()),
  },
  "/ledger/counts": {
    POST: ({ server, body }) => {
      const { by, ids } = countsShape.check(body);
      return okList("counts", countsIn(tallyOf(server, by), ids));
    },
  },
  "/faults": {
    GET: ({ server }) => ok({ faults: server.faults }),
    POST: ({ server, body }) => ({ status: 201, body: { id: server.inject(body as Fault).id } }),
    DELETE: ({ server }) => {
      server.clearFaults();
      return DONE;
    },
  },
  "/faults/*": {
    DELETE: ({ server, rest }) => {
      if (!/^\d{1,15}$/.test(rest))
        throw new InvalidMockInput(`A fault's id is a number; received ${shown(rest)}`, "id");
      return server.removeFault(Number(rest))
        ? DONE
        : { status: 404, body: { error: `There is no fault ${rest}` } };
    },
  },
  "/strike": {
    POST: ({ server, body }) => {
      const kind = (body as { kind?: unknown } | undefined)?.kind;
      const { connection, ...action } = shapeOfKind(strikeShapes, "strike", kind).check(
        body,
      ) as ConnectionAction & {
        connection?: number;
      };
      return ok({ hit: server.strike(action, connection) });
    },
  },
  "/listening": {
    PUT: async ({ server, body }) => {
      if (typeof body !== "boolean") {
        throw new InvalidMockInput(`The body must be true or false; received ${shown(body)}`);
      }
      if (body) await server.resumeListening();
      else server.pauseListening();
      return DONE;
    },
  },
  "/latency": {
    PUT: ({ server, body }) => {
      server.setLatency(checkLatency(body));
      return DONE;
    },
  },
  "/devices": { GET: ({ server }) => okList("devices", server.devices.list()) },
  "/devices/*": {
    PUT: ({ server, rest, body }) => {
      server.devices.change(rest, deviceChangeShape.check(body ?? {}) as DeviceChange);
      return DONE;
    },
    DELETE: ({ server, rest }) =>
      server.devices.forget(rest) ? DONE : { status: 404, body: { error: "There is no such device" } },
  },
  "/channels": { GET: ({ server }) => okList("channels", server.channels.list()) },
};

/** Paths whose query means something; all others take none. */
const WITH_QUERY = ["/ledger", "/ledger/summary"];

/** Answers one request. @throws InvalidMockInput for what makes no sense */
export async function answer(
  method: string,
  url: URL,
  call: Omit<ControlCall, "query" | "rest">,
): Promise<ControlReply> {
  const { pathname, searchParams: query } = url;
  const at = pathname.lastIndexOf("/");
  const exact = Object.hasOwn(ROUTES, pathname);
  const path = exact ? pathname : `${pathname.slice(0, at)}/*`;
  const rest = exact ? "" : decoded(pathname.slice(at + 1));
  const methods = Object.hasOwn(ROUTES, path) && (exact || rest !== "") ? ROUTES[path]! : undefined;
  if (!methods) {
    return {
      status: 404,
      body: { error: `There is no ${shown(pathname)}; there are ${Object.keys(ROUTES).join(", ")}` },
    };
  }
  const route = Object.hasOwn(methods, method) ? methods[method]! : undefined;
  if (!route) {
    const allow = Object.keys(methods).join(", ");
    return { status: 405, headers: { allow }, body: { error: `${path} takes ${allow}, not ${method}` } };
  }
  if (!(method === "GET" && WITH_QUERY.includes(path))) nothing.read(query);
  return route({ ...call, query, rest });
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new InvalidMockInput("The path is not percent-encoded UTF-8");
  }
}

function describe(server: MockApns): object {
  return {
    environment: server.environment,
    origin: server.origin,
    broadcastOrigin: server.broadcastOrigin,
    managementOrigin: server.managementOrigin,
    totals: server.ledger.totals,
    connections: server.connections.map(({ number, state, inflight, streamLimit, refusedStreams }) => ({
      number,
      state,
      inflight,
      streamLimit,
      refusedStreams,
    })),
    faults: server.faults,
  };
}

function tallyOf(server: MockApns, by: string): Tally {
  const tally = by === "apns-id" ? server.ledger.apnsIds : server.ledger.collapseIds;
  if (!tally)
    throw new InvalidMockInput(`There is no tally by ${by}; ask for one at the start (--tally ${by})`, "by");
  return tally;
}

function* countsIn(tally: Tally, ids: readonly string[]): Generator<[arrived: number, acted: number]> {
  for (const id of ids) {
    const { arrived, acted } = tally.get(id);
    yield [arrived, acted];
  }
}
