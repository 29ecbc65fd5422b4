/** Patterns in which `*` stands for anything. Pure. */

/** `*` stands for any characters, also none. */
export function globTest(glob: string): (text: string) => boolean {
  if (!glob.includes('*')) return (text) => text === glob;
  const parts = glob.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`^${parts.join('.*')}$`, 'su');
  return (text) => pattern.test(text);
}
