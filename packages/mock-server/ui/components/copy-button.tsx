import { say } from "../app-state.ts";

/** Copies a text. */
export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  return (
    <button type="button" class="quiet" onClick={() => void copy(text)}>
      {label}
    </button>
  );
}

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say("Copied");
  } catch {
    say("The browser does not let the page copy. Select the text and copy it.", true);
  }
}
