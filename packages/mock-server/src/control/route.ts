import type { GenericSchema } from "valibot";
import type { MockApns } from "../mock-apns.ts";
import type { Shape } from "../schema/shape.ts";
import type { EventFeed } from "./event-feed.ts";
import type { Page } from "./page.ts";
import type { ControlReply } from "./reply.ts";

/** Files in which the command keeps the credentials; their paths go into the lines that the page offers to copy. */
export interface CredentialFiles {
  /** The authority's certificate. */
  readonly ca?: string;
  /** The provider key (`.p8`). */
  readonly key?: string;
}

/** What the routes answer for. */
export interface ControlWorld {
  readonly server: MockApns;
  readonly feed: EventFeed;
  readonly page: Page;
  readonly credentialFiles: CredentialFiles;
}

/** A request to the control endpoint: its body, and what stands in its path and query. */
export interface ControlCall extends ControlWorld {
  readonly query: URLSearchParams;
  /** What stands at the place of the path's parameter. */
  readonly parameter: string;
  /** The JSON of the body; undefined without one. */
  readonly body: unknown;
  /** A header of the request. */
  readonly header: (name: "accept" | "last-event-id") => string | undefined;
}

/** An answer as the described API shows it. */
export interface AnswerDescription {
  readonly does: string;
  /** Of the JSON. */
  readonly schema?: GenericSchema;
  /** Media type of an answer that is no JSON. */
  readonly type?: string;
}

/** One path and method: what it takes, what it answers, and how. The described API is made from this, too. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** As in OpenAPI; a parameter stands at the end and takes one segment, e.g. `/faults/{id}`. */
  readonly path: string;
  /** One line for people. */
  readonly does: string;
  /** The fields of the query; without it there are none. */
  readonly query?: Shape<object>;
  /** What the path's parameter is. */
  readonly parameter?: { readonly name: string; readonly does: string };
  /** What the body must be; without it there is none. */
  readonly body?: { readonly schema: GenericSchema; readonly optional?: boolean; readonly longest?: number };
  readonly answers: Readonly<Record<number, AnswerDescription>>;
  readonly run: (call: ControlCall) => ControlReply | Promise<ControlReply>;
}

/** Most bytes of a body where a route says no more. */
export const LONGEST_BODY = 1 << 20;
