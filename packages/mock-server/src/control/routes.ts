import { InvalidMockInput } from "../errors.ts";
import { shown } from "../printable.ts";
import { Shape } from "../schema/shape.ts";
import { openApiDocument } from "./openapi.ts";
import { type ControlReply, ok } from "./reply.ts";
import type { ControlCall, Route } from "./route.ts";
import { faultRoutes } from "./routes/fault-routes.ts";
import { ledgerRoutes } from "./routes/ledger-routes.ts";
import { serverRoutes } from "./routes/server-routes.ts";

const nothing = new Shape<object>("the query", {});

/** All routes of the endpoint. */
export const ROUTES: readonly Route[] = [
  ...serverRoutes,
  ...ledgerRoutes,
  ...faultRoutes,
  {
    method: "GET",
    path: "/openapi.json",
    does: "This description (OpenAPI 3.1).",
    answers: { 200: { does: "The document." } },
    run: async () => ok(await openApiDocument(ROUTES)),
  },
];

/** By path, with `*` for a parameter, then by method. */
const BY_PATH = new Map<string, Map<string, Route>>();
for (const route of ROUTES) {
  const path = route.path.replace(/\{\w+\}/, "*");
  const methods = BY_PATH.get(path) ?? new Map<string, Route>();
  BY_PATH.set(path, methods.set(route.method, route));
}

/** The route of a request, or the reason why there is none. */
export type Found =
  | { readonly route: Route; readonly parameter: string; readonly query: URLSearchParams }
  | { readonly reply: ControlReply };

/** Finds the route of a request. @throws InvalidMockInput for an invalid path or query */
export function findRoute(method: string, url: URL): Found {
  const { pathname, searchParams: query } = url;
  const exact = BY_PATH.has(pathname);
  const at = pathname.lastIndexOf("/");
  const path = exact ? pathname : `${pathname.slice(0, at)}/*`;
  const parameter = exact ? "" : decoded(pathname.slice(at + 1));
  const methods = exact || parameter !== "" ? BY_PATH.get(path) : undefined;
  if (!methods) {
    const known = [...BY_PATH.keys()].join(", ");
    return { reply: { status: 404, body: { error: `There is no ${shown(pathname)}; there are ${known}` } } };
  }
  const route = methods.get(method);
  if (!route) {
    const allow = [...methods.keys()].join(", ");
    const error = `${path} takes ${allow}, not ${method}`;
    return { reply: { status: 405, headers: { allow }, body: { error } } };
  }
  if (!route.query) nothing.read(query);
  return { route, parameter, query };
}

/** Answers a request. @throws InvalidMockInput for invalid input */
export async function answer(route: Route, call: ControlCall): Promise<ControlReply> {
  if (call.body !== undefined && !route.body) {
    throw new InvalidMockInput(`${route.method} ${route.path} takes no body; send none`);
  }
  const reply = await route.run(call);
  if (route.method !== "GET") call.feed.hurry();
  return reply;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new InvalidMockInput("The path is not percent-encoded UTF-8");
  }
}
