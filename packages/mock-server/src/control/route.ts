import type { GenericSchema } from "valibot";
import type { MockApns } from "../mock-apns.ts";
import type { Shape } from "../schema/shape.ts";
import type { EventFeed } from "./event-feed.ts";
import type { Page } from "./page.ts";
import type { ControlReply } from "./reply.ts";

/** The files with the command's credentials; the lines that the page offers to copy contain their paths. */
export interface CredentialFiles {
  /** The authority's certificate. */
  readonly ca?: string;
  /** The provider key (`.p8`). */
  readonly key?: string;
}

/** The objects that the routes work on. */
export interface ControlWorld {
  readonly server: MockApns;
  readonly feed: EventFeed;
  readonly page: Page;
  readonly credentialFiles: CredentialFiles;
}

/** A request to the control endpoint: its body, and the values in its path and query. */
export interface ControlCall extends ControlWorld {
  readonly query: URLSearchParams;
  /** The value of the path's parameter. */
  readonly parameter: string;
  /** The JSON of the body; undefined without one. */
  readonly body: unknown;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
  /** A header of the request. */
  readonly header: (name: "accept" | "last-event-id") => string | undefined;
}

/** An answer as the described API shows it. */
export interface AnswerDescription {
  readonly does: string;
  /** The schema of the JSON. */
  readonly schema?: GenericSchema;
  /** Media type of an answer other than JSON. */
  readonly type?: string;
}

/** One path and method: its input, its answers, and its function. The described API is made from it, too. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** As in OpenAPI. A parameter is at the end and takes one segment, e.g. `/faults/{id}`. */
  readonly path: string;
  /** One line for people. */
  readonly does: string;
  /** The fields of the query; absent if there are none. */
  readonly query?: Shape<object>;
  /** The parameter of the path. */
  readonly parameter?: { readonly name: string; readonly does: string };
  /** The body; absent if there is none. */
  readonly body?: { readonly schema: GenericSchema; readonly optional?: boolean; readonly longest?: number };
  readonly answers: Readonly<Record<number, AnswerDescription>>;
  readonly run: (call: ControlCall) => ControlReply | Promise<ControlReply>;
}

/** The most bytes of a body, unless its route allows more. */
export const LONGEST_BODY = 1 << 20;
