import { answer } from "../answer.ts";
import { assignmentCases } from "./assignment.ts";
import { checksum, type MicroCase, type MicroResult, measureCase } from "./case.ts";
import { deadlineCases } from "./deadlines.ts";
import { frameCases } from "./frames.ts";
import { hpackCases } from "./hpack.ts";
import { queueCases } from "./queue.ts";
import { sessionCases } from "./session.ts";

const cases: readonly MicroCase[] = [
  ...frameCases,
  ...hpackCases,
  ...sessionCases,
  ...queueCases,
  ...assignmentCases,
  ...deadlineCases,
];

export type MicroRequest =
  | { type: "list" }
  | { type: "measure"; index: number; samples: number; sampleTime: number };

export type MicroReply =
  | { type: "listed"; cases: { group: string; name: string }[] }
  | ({ type: "measured"; checksum: number } & MicroResult)
  | { type: "failed"; message: string };

function obey(request: MicroRequest): MicroReply {
  if (request.type === "list") {
    return { type: "listed", cases: cases.map(({ group, name }) => ({ group, name })) };
  }
  const result = measureCase(cases[request.index]!, request.samples, request.sampleTime);
  return { type: "measured", ...result, checksum: checksum() };
}

answer<MicroRequest, MicroReply>(async (request) => obey(request));
