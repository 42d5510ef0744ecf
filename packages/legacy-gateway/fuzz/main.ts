import { fuzzCommand } from "../../http2/fuzz/command.ts";
import { codecTarget } from "./codec-target.ts";
import { sequenceTarget } from "./sequence-target.ts";

const findings = new URL("../test/findings/", import.meta.url);
fuzzCommand({ name: "pnpm fuzz:legacy", targets: [codecTarget, sequenceTarget], findings });
