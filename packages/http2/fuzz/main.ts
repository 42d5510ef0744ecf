import { fuzzCommand } from "./command.ts";
import { hpackTarget } from "./hpack-target.ts";
import { sessionTarget } from "./session-target.ts";

const findings = new URL("../test/findings/", import.meta.url);
fuzzCommand({ name: "pnpm fuzz", targets: [sessionTarget, hpackTarget], findings });
