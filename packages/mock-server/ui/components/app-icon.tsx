/** A square with the app's first letter, in a colour derived from the app. */
export function AppIcon({ app, badge }: { app: string; badge?: number | undefined }) {
  return (
    <span class={`app-icon hue-${hueOf(app)}`} aria-hidden="true">
      {[...app][0] ?? "?"}
      {badge !== undefined && badge > 0 && <span class="badge">{badge > 99_999 ? "99k+" : badge}</span>}
    </span>
  );
}

function hueOf(text: string): number {
  let hash = 7;
  for (const character of text) hash = (Math.imul(hash, 31) + character.codePointAt(0)!) >>> 0;
  return hash % 8;
}
