// @ts-check
/** A TypeDoc plugin: sorts what a package exports into categories, by the file that it is defined in. */
import { Comment, CommentTag, Converter } from "typedoc";

/** The first pattern that fits the path below `packages` decides. */
const CATEGORIES = /** @type {const} */ ([
  [/\/(?:push-)?errors\.ts$|\/rejected\.ts$|connect-failure\.ts$/, "Errors"],
  [
    /apnskit\/src\/client\/call-options|client\/client-options|client\/endpoints|client\/app-directory/,
    "Client",
  ],
  [/apnskit\/src\/(?:client|network)\//, "Client"],
  [/apnskit\/src\/(?:notifications\/|push-types|device-token)/, "Notifications"],
  [/apnskit\/src\/credentials\//, "Credentials"],
  [/apnskit\/src\/(?:outcome|summary|dead-tokens|reasons|retryable-pairs)/, "Outcomes"],
  [/pool\/src\/(?:retry-policy|job|backoff)/, "Retry"],
  [/pool\/src\//, "Pool"],
  [/connection\/src\/(?:request|response|exchange)/, "Requests and responses"],
  [/connection\/src\/(?:clock|logger|abort|tls-options|origin|connector)/, "Options"],
  [/connection\/src\//, "Connection"],
  [/http2\/src\/hpack\/|http2\/src\/field-list/, "Header fields"],
  [/http2\/src\/(?:limits|session-options|settings)/, "Options"],
  [/http2\/src\//, "Session"],
  [/bullmq\/src\//, "Workers"],
  [/mock-server\/src\/faults\//, "Faults"],
  [/mock-server\/src\/ledger\//, "Ledger"],
  [/mock-server\/src\/credentials\//, "Credentials"],
  [/mock-server\/src\//, "Mock server"],
  [/wallet\/src\//, "Wallet"],
  [/campaign\/src\//, "Campaigns"],
]);

/** @param {import("typedoc").Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    for (const reflection of context.project.children ?? []) {
      const path = reflection.sources?.[0]?.fullFileName.replaceAll("\\", "/") ?? "";
      const category = CATEGORIES.find(([pattern]) => pattern.test(path))?.[1] ?? "Other";
      // The comment of a function is that of its signatures.
      for (const one of [reflection, ...(reflection.signatures ?? [])]) {
        one.comment ??= new Comment();
        one.comment.removeTags("@category");
        one.comment.blockTags.push(new CommentTag("@category", [{ kind: "text", text: category }]));
      }
    }
  });
}
