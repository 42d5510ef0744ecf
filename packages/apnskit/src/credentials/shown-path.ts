const LONGEST = 200;
/** A secret without separators is longer than the usual part of a path. */
const LONGEST_PART = 64;

/**
 * A path in a form that a message may show. A caller may have put a key or a passphrase in its place, so only
 * text that looks like a path is repeated.
 */
export function shownPath(path: string): string {
  return looksLikePath(path)
    ? JSON.stringify(path)
    : `${path.length} characters that do not look like a path`;
}

/** Whether text can only be a path: it starts like one or ends in an extension, and looks unlike a key. */
export function looksLikePath(text: string): boolean {
  if (text.length > LONGEST || !/^[\p{L}\p{N} ._~/\\:@+,()[\]=#$%&'-]+$/u.test(text)) return false;
  if (text.includes("-----") || text.includes("\\n") || text.startsWith("eyJ")) return false;
  const parts = text.split(/[/\\]/);
  if (parts.some((part) => part.length > LONGEST_PART || looksRandom(part))) return false;
  const rooted = /^(?:\.{0,2}[/\\]|~[/\\]|[A-Za-z]:[/\\]|file:\/\/)/.test(text);
  // Base64 may contain slashes, but no full stop.
  return (
    (rooted && (text.length <= LONGEST_PART || !/[=+]/.test(text))) ||
    /\.[A-Za-z][A-Za-z0-9]{1,9}$/.test(text)
  );
}

/**
 * Hexadecimal shows by its letters. Base64 changes its kind of character much more often than file names do.
 */
function looksRandom(part: string): boolean {
  return (part.match(/[A-Za-z0-9+=]{16,}/g) ?? []).some((run) => {
    if (/[0-9][a-f]|[a-f][0-9]/i.test(run) && /^[0-9a-f]+$/i.test(run)) return true;
    const words = run.match(/[A-Z]?[a-z]+|[A-Z]+|[0-9]+|[+=]+/g)!;
    return words.length > run.length * 0.3;
  });
}
