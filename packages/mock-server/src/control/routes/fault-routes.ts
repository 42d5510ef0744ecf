import * as v from "valibot";
import { InvalidMockInput } from "../../errors.ts";
import type { ConnectionAction, Fault } from "../../faults/fault.ts";
import { faultShapes, shapeOfKind, strikeShapes } from "../../faults/fault-shapes.ts";
import { checkLatency, latencyField } from "../../faults/latency.ts";
import { shown } from "../../printable.ts";
import type { Shape } from "../../schema/shape.ts";
import { faultsSchema } from "../answer-schemas.ts";
import { DONE, ok } from "../reply.ts";
import type { Route } from "../route.ts";

const done = { 204: { does: "Done." } };

/** Routes that cause faults. */
export const faultRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/faults",
    does: "The faults in force, oldest first.",
    answers: { 200: { does: "The faults.", schema: faultsSchema } },
    run: ({ server }) => ok({ faults: server.faults }),
  },
  {
    method: "POST",
    path: "/faults",
    does: "Puts a fault in force.",
    body: { schema: anyOf(faultShapes) },
    answers: { 201: { does: "It is in force.", schema: v.strictObject({ id: v.number() }) } },
    run: ({ server, body }) => ({ status: 201, body: { id: server.inject(body as Fault).id } }),
  },
  {
    method: "DELETE",
    path: "/faults",
    does: "Ends all faults.",
    answers: done,
    run: ({ server }) => {
      server.clearFaults();
      return DONE;
    },
  },
  {
    method: "DELETE",
    path: "/faults/{id}",
    does: "Ends one fault.",
    parameter: { name: "id", does: "Id of the fault." },
    answers: { ...done, 404: { does: "It is not in force." } },
    run: ({ server, parameter }) => {
      if (!/^\d{1,15}$/.test(parameter))
        throw new InvalidMockInput(`A fault's id is a number; received ${shown(parameter)}`, "id");
      return server.removeFault(Number(parameter))
        ? DONE
        : { status: 404, body: { error: `There is no fault ${parameter}` } };
    },
  },
  {
    method: "POST",
    path: "/strike",
    does: "Does something to the open connections, now.",
    body: { schema: anyOf(strikeShapes) },
    answers: { 200: { does: "How many were hit.", schema: v.strictObject({ hit: v.number() }) } },
    run: ({ server, body }) => {
      const kind = (body as { kind?: unknown } | undefined)?.kind;
      const { connection, ...action } = shapeOfKind(strikeShapes, "strike", kind).check(
        body,
      ) as ConnectionAction & {
        connection?: number;
      };
      return ok({ hit: server.strike(action, connection) });
    },
  },
  {
    method: "PUT",
    path: "/listening",
    does: "With `false` new connections are refused, until `true`.",
    body: { schema: v.boolean() },
    answers: done,
    run: async ({ server, body }) => {
      if (typeof body !== "boolean") {
        throw new InvalidMockInput(`The body must be true or false; received ${shown(body)}`);
      }
      if (body) await server.resumeListening();
      else server.pauseListening();
      return DONE;
    },
  },
  {
    method: "GET",
    path: "/latency",
    does: "The time from arrival to answer.",
    answers: { 200: { does: "As it was set.", schema: latencyField.schema } },
    run: ({ server }) => ok(server.latency),
  },
  {
    method: "PUT",
    path: "/latency",
    does: "Sets the time from arrival to answer.",
    body: { schema: latencyField.schema },
    answers: done,
    run: ({ server, body }) => {
      server.setLatency(checkLatency(body));
      return DONE;
    },
  },
];

function anyOf(shapes: ReadonlyMap<string, Shape<object>>): v.GenericSchema {
  return v.union([...shapes.values()].map(({ schema }) => schema)) as v.GenericSchema;
}
