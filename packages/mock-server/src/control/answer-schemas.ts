import * as v from "valibot";

// Answers of the endpoint, for the described API. A test checks real answers against these schemas.

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const time = v.pipe(v.number(), v.description("Milliseconds since the epoch."));
const text = v.string();
const reasons = v.record(v.string(), count);

export const errorSchema = v.strictObject({
  error: v.pipe(text, v.description("What is wrong, what was received, and what to do.")),
  code: v.optional(v.pipe(text, v.description("Stable; made for programs."))),
  field: v.optional(v.pipe(text, v.description("The field that is wrong."))),
});

export const entrySchema = v.strictObject({
  id: v.pipe(count, v.description("Counts up from 1 over all requests.")),
  kind: v.picklist(["push", "broadcast", "channel"]),
  connection: v.pipe(count, v.description("Number of the connection.")),
  stream: v.pipe(count, v.description("HTTP/2 stream id.")),
  method: text,
  path: text,
  token: v.pipe(text, v.description("Device token of the path; empty for other kinds.")),
  topic: v.optional(text),
  pushType: v.optional(text),
  priority: v.optional(text),
  expiration: v.optional(v.pipe(text, v.description("Seconds since the epoch, as sent."))),
  collapseId: v.optional(text),
  apnsId: text,
  bytes: v.pipe(count, v.description("Length of the body.")),
  payload: v.optional(v.pipe(text, v.description("The body; absent if payloads are not kept."))),
  arrivedAt: time,
  settledAt: v.optional(
    v.pipe(v.number(), v.description("Milliseconds since the epoch; absent before the answer.")),
  ),
  acted: v.pipe(v.boolean(), v.description("Whether the request had its effect.")),
  status: v.optional(v.pipe(count, v.description("Absent if there is no answer."))),
  reason: v.optional(text),
  fault: v.optional(v.pipe(text, v.description("Kind of the fault that hit it."))),
});

export const totalsSchema = v.strictObject({
  arrived: count,
  acted: count,
  refused: count,
  unanswered: count,
  refusedStreams: count,
  reasons,
});

export const tallySummarySchema = v.strictObject({
  ids: count,
  arrived: count,
  acted: count,
  repeated: count,
  neverActed: count,
});

const injectedFault = v.strictObject({
  id: count,
  fault: v.pipe(v.looseObject({ kind: text }), v.description("As it was injected.")),
  hits: count,
});

export const faultsSchema = v.strictObject({ faults: v.array(injectedFault) });

const connection = v.strictObject({
  number: count,
  state: v.picklist(["active", "draining", "closed"]),
  inflight: count,
  streamLimit: count,
  refusedStreams: count,
});

export const connectionRecordSchema = v.strictObject({
  number: count,
  peer: text,
  tls: v.optional(text),
  certificateTopics: v.optional(v.array(text)),
  openedAt: time,
  closedAt: v.optional(time),
  requests: count,
  refused: count,
  unanswered: count,
  clientSettings: v.optional(v.looseObject({})),
  events: v.array(v.looseObject({ at: time, kind: text })),
});

const environment = v.picklist(["sandbox", "production"]);
const latency = v.union([v.number(), v.record(v.string(), v.number())]);

export const serverSchema = v.strictObject({
  environment,
  origin: text,
  broadcastOrigin: text,
  managementOrigin: text,
  latency: v.pipe(latency, v.description("Milliseconds, or a distribution of them.")),
  listening: v.pipe(v.boolean(), v.description("Whether new connections are taken.")),
  totals: totalsSchema,
  connections: v.array(connection),
  faults: v.array(injectedFault),
  credentialFiles: v.strictObject({ ca: v.optional(text), key: v.optional(text) }),
  signingKey: v.strictObject({ keyId: text, teamId: text }),
});

export const deviceSchema = v.strictObject({
  token: text,
  topic: v.optional(text),
  environment,
  state: v.strictObject({
    state: v.picklist(["active", "unregistered", "expired"]),
    since: v.optional(time),
  }),
});

export const walletItemSchema = v.strictObject({
  kind: v.picklist(["pass", "order"]),
  type: text,
  id: text,
  content: v.pipe(v.looseObject({}), v.description("What pass.json or order.json says.")),
  files: v.array(text),
  lastModified: v.optional(text),
  version: count,
});

export const channelSchema = v.strictObject({ id: text, bundleId: text, policy: count, published: count });

export const requestDetailSchema = v.strictObject({
  entry: entrySchema,
  headers: v.pipe(
    v.array(v.tuple([text, text])),
    v.description("As they came, in order; credentials are cut out."),
  ),
  providerToken: v.optional(
    v.strictObject({
      keyId: v.optional(text),
      teamId: v.optional(text),
      issuedAt: v.optional(v.pipe(v.number(), v.description("Seconds since the epoch."))),
    }),
  ),
  connection: v.optional(connectionRecordSchema),
});
