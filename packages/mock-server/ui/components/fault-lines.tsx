import type { Fault } from "../../src/faults/fault.ts";
import { faultWords } from "../../src/faults/fault-words.ts";
import { injectLine } from "../state/fault-form.ts";
import { CopyButton } from "./copy-button.tsx";

/** The words for `--fault` and the line of a test that inject the same fault. */
export function FaultLines({ fault }: { fault: Fault }) {
  const words = faultWords(fault);
  const line = injectLine(fault);
  return (
    <div class="fault-lines">
      {words === undefined ? (
        <p class="muted">--fault has no words for this fault.</p>
      ) : (
        <p>
          <code>--fault {words}</code> <CopyButton text={`--fault ${words}`} label="Copy words" />
        </p>
      )}
      <p>
        <code>{line}</code> <CopyButton text={line} label="Copy line" />
      </p>
    </div>
  );
}
