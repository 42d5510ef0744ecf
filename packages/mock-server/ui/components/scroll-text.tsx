/** Long text in a box that scrolls, also by keyboard. */
export function ScrollText({ text, label }: { text: string; label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section aria-label={label} tabIndex={0} class="raw">
      <pre>{text}</pre>
    </section>
  );
}
