import type { RefObject } from "preact";

const SHORTCUTS: readonly (readonly [keys: string, does: string])[] = [
  ["/", "Search"],
  ["j  ↓", "Next request"],
  ["k  ↑", "Previous request"],
  ["Home  End", "Newest, oldest request"],
  ["Enter", "Go to the details"],
  ["Esc", "Close the details, leave a field"],
  ["p", "Pause or resume the list"],
  ["1 2 3 4", "Requests, faults, connections, devices"],
  ["?", "This list"],
];

export function ShortcutsDialog({ dialog }: { dialog: RefObject<HTMLDialogElement | null> }) {
  return (
    <dialog ref={dialog} aria-label="Keyboard shortcuts">
      <h2>Keyboard shortcuts</h2>
      <dl class="facts">
        {SHORTCUTS.map(([keys, does]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <p class="muted">
        All search words must occur. <code>reason:</code>, <code>topic:</code>, <code>token:</code>,{" "}
        <code>id:</code>, <code>type:</code>, <code>status:</code>, <code>collapse:</code>,{" "}
        <code>fault:</code> and <code>connection:</code> search one field.
      </p>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
