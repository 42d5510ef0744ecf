import { say } from "../app-state.ts";

/** Copies a text to the clipboard. */
export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  return (
    <button type="button" class="quiet" onClick={() => void copy(text)}>
      {label}
    </button>
  );
}

async function copy(text: string): Promise<void> {
  if ((await written(text)) || copiedFromField(text)) say("Copied");
  else say("The browser does not let the page copy. Select the text and copy it.", true);
}

async function written(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Copies without the clipboard API. Over plain HTTP, browsers offer that API at loopback names only, so a
 * page at the name of a container does not have it.
 */
function copiedFromField(text: string): boolean {
  const focused = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "hidden";
  document.body.append(field);
  field.select();
  const isDone = document.execCommand("copy");
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return isDone;
}
