/** The blocks of one kind in a PEM text (RFC 7468), each with its line end. @param label e.g. `"CERTIFICATE"` */
export function pemBlocks(text: string, label: string): string[] {
  const begin = `-----BEGIN ${label}-----`;
  const end = `-----END ${label}-----`;
  const blocks: string[] = [];
  for (let at = text.indexOf(begin); at >= 0; at = text.indexOf(begin, at + 1)) {
    const close = text.indexOf(end, at);
    if (close < 0) break;
    blocks.push(`${text.slice(at, close + end.length)}\n`);
  }
  return blocks;
}
