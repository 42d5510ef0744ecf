import * as v from "valibot";
import { InvalidMockInput, MockApnsClosed, NotReceived } from "../../errors.ts";
import { type ReceivedOptions, receivedShape } from "../../ledger/ledger.ts";
import { type LedgerQuery, queryFields } from "../../ledger/ledger-query.ts";
import type { Tally } from "../../ledger/tally.ts";
import type { MockApns } from "../../mock-apns.ts";
import { shown } from "../../printable.ts";
import { choice, listOf, text, whole } from "../../schema/field.ts";
import { Shape } from "../../schema/shape.ts";
import { entrySchema, requestDetailSchema, tallySummarySchema, totalsSchema } from "../answer-schemas.ts";
import { type ControlReply, DONE, ok, okList } from "../reply.ts";
import { requestDetail } from "../request-detail.ts";
import type { Route } from "../route.ts";

const ENTRIES_PER_ANSWER = 1000;
/** Room for a million ids. */
const LONGEST_IDS = 64 * 1024 * 1024;

const ledgerShape = new Shape<LedgerQuery & { limit?: number }>("the query", {
  ...queryFields,
  limit: whole(1, 100_000),
});
const latestShape = new Shape<LedgerQuery>("the query", queryFields);
const by = choice("apns-id", "collapse-id");
const summaryShape = new Shape<{ by: string }>("the query", { by }, ["by"]);
const countsShape = new Shape<{ by: string; ids: string[] }>("the body", { by, ids: listOf(text()) }, [
  "by",
  "ids",
]);

const entries = v.array(entrySchema);
const late = { does: "They did not come in time." };

/** Routes for the ledger. */
export const ledgerRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/ledger",
    does: "The latest entries, by any field; with `after` those after that id, oldest first.",
    query: ledgerShape,
    answers: {
      200: {
        does: "Entries, oldest first.",
        schema: v.strictObject({ totals: totalsSchema, more: v.boolean(), entries }),
      },
    },
    run: ({ server, query }) => {
      const { limit = ENTRIES_PER_ANSWER, ...wanted } = ledgerShape.read(query);
      const found = server.ledger.entries(wanted);
      // With `after`, a caller pages forward; without it, the caller gets the latest.
      const page = wanted.after === undefined ? found.slice(-limit) : found.slice(0, limit);
      return okList("entries", page, { totals: server.ledger.totals, more: found.length > limit });
    },
  },
  {
    method: "DELETE",
    path: "/ledger",
    does: "Forgets entries, totals and tallies.",
    answers: { 204: { does: "Done." } },
    run: ({ server }) => {
      server.ledger.clear();
      return DONE;
    },
  },
  {
    method: "GET",
    path: "/ledger/latest",
    does: "The newest entry that matches.",
    query: latestShape,
    answers: { 200: { does: "The entry.", schema: entrySchema }, 404: { does: "No entry matches." } },
    run: ({ server, query }) => {
      const entry = server.ledger.latest(latestShape.read(query));
      return entry ? ok(entry) : { status: 404, body: { error: "No entry matches" } };
    },
  },
  {
    method: "GET",
    path: "/ledger/wait",
    does: "Answers when so many settled requests match; for shell scripts.",
    query: receivedShape,
    answers: { 200: { does: "The entries.", schema: v.strictObject({ entries }) }, 408: late },
    run: ({ server, query, signal }) => wait(server, receivedShape.read(query), signal),
  },
  {
    method: "POST",
    path: "/ledger/wait",
    does: "The same, with the query as JSON.",
    body: { schema: receivedShape.schema, optional: true },
    answers: { 200: { does: "The entries.", schema: v.strictObject({ entries }) }, 408: late },
    run: ({ server, body, signal }) => wait(server, receivedShape.check(body ?? {}), signal),
  },
  {
    method: "GET",
    path: "/ledger/summary",
    does: "Totals of a tally, which the server must have been started with.",
    query: summaryShape,
    answers: { 200: { does: "The totals.", schema: tallySummarySchema } },
    run: ({ server, query }) => ok(tallyOf(server, summaryShape.read(query).by).summary()),
  },
  {
    method: "POST",
    path: "/ledger/counts",
    does: "How often each id arrived and was acted on.",
    body: { schema: countsShape.schema, longest: LONGEST_IDS },
    answers: {
      200: {
        does: "Pairs of counts, in the order of the ids.",
        schema: v.strictObject({ counts: v.array(v.tuple([v.number(), v.number()])) }),
      },
    },
    run: ({ server, body }) => {
      const { by, ids } = countsShape.check(body);
      return okList("counts", countsIn(tallyOf(server, by), ids));
    },
  },
  {
    method: "GET",
    path: "/ledger/{id}",
    does: "All about one request: headers, claims of its provider token, the record of its connection.",
    parameter: { name: "id", does: "Id of the entry." },
    answers: {
      200: { does: "The request.", schema: requestDetailSchema },
      404: { does: "The ledger does not keep it." },
    },
    run: ({ server, parameter }) => {
      if (!/^\d{1,15}$/.test(parameter)) {
        throw new InvalidMockInput(`The id of an entry is a number; received ${shown(parameter)}`, "id");
      }
      const detail = requestDetail(server, Number(parameter));
      return detail ? ok(detail) : { status: 404, body: { error: `The ledger keeps no entry ${parameter}` } };
    },
  },
];

async function wait(server: MockApns, options: ReceivedOptions, signal: AbortSignal): Promise<ControlReply> {
  try {
    return okList("entries", await server.ledger.received(options, signal));
  } catch (error) {
    // The client is gone, and nobody reads the answer.
    if (signal.aborted) return DONE;
    if (!(error instanceof NotReceived || error instanceof MockApnsClosed)) throw error;
    return { status: 408, body: { error: error.message, code: error.code } };
  }
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
