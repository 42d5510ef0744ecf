/** Long text in a box that scrolls, also by keyboard. */
export function ScrollText({ text, label }: { text: string; label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within reach of the keyboard
    <section aria-label={label} tabIndex={0} class="raw">
      <pre>{text}</pre>
    </section>
  );
}
