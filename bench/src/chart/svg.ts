export const WIDTH = 760;

const MARKUP: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"]/g, (character) => MARKUP[character]!);
}

/**
 * A picture with a transparent background. Its colours follow the reader's colour scheme. If the scheme is
 * unknown, the light colours apply; they stay legible on a dark page.
 */
export function svg(title: string, height: number, content: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escapeMarkup(title)}">
<style>
text { font: 13px system-ui, sans-serif; fill: #57606a; }
.title { font-weight: 600; font-size: 15px; }
.small { font-size: 11px; }
.value { font-variant-numeric: tabular-nums; }
.ours { fill: #0969da; } .theirs { fill: #8c959f; }
.axis { stroke: #8c959f; stroke-width: 1; opacity: .5; }
.spread { stroke: #57606a; stroke-width: 1.5; }
.line { fill: none; stroke-width: 2; }
.s0 { stroke: #0969da; fill: #0969da; } .s1 { stroke: #bc4c00; fill: #bc4c00; } .s2 { stroke: #1a7f37; fill: #1a7f37; } .s3 { stroke: #8250df; fill: #8250df; }
@media (prefers-color-scheme: dark) {
  text { fill: #9ea7b3; }
  .ours { fill: #4493f8; } .theirs { fill: #656c76; }
  .spread { stroke: #d1d7e0; }
  .s0 { stroke: #4493f8; fill: #4493f8; } .s1 { stroke: #f0883e; fill: #f0883e; } .s2 { stroke: #3fb950; fill: #3fb950; } .s3 { stroke: #ab7df8; fill: #ab7df8; }
}
.line { fill: none; }
</style>
<text class="title" x="0" y="16">${escapeMarkup(title)}</text>
${content}
</svg>
`;
}
