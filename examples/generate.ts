/** Writes `notifications.ndjson`, the notifications that the demo sends: `tsx --conditions=@apnskit/source generate.ts`. */
import { writeFileSync } from "node:fs";
import { compose } from "./generator/compose.ts";
import { toNdjson } from "./generator/ndjson.ts";
import { seed } from "./generator/seed.ts";

const file = new URL("./notifications.ndjson", import.meta.url);
const notifications = compose(seed);
writeFileSync(file, toNdjson(notifications));
console.log(`${notifications.length} notifications written to ${file.pathname}`);
