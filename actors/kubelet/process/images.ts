/**
 * What the process runtime can run, and as what. The rule: a container with a `command` runs it on
 * this host, whatever its image is called; one without needs an image that is built in, or that
 * stands for a shell.
 */
import type { Container } from '../../../machines/api/types.ts';

/** How an image runs: inside this process, or as words on the host. */
export type ImagePlan =
  | { readonly kind: 'builtin'; readonly builtin: 'echo' | 'pause' }
  | { readonly kind: 'host'; readonly words: readonly string[] }
  | { readonly kind: 'unknown'; readonly message: string };

const BUILTIN = new Set(['echo', 'pause']);
/** Images that hold a shell and nothing to start: their arguments are the command. */
const SHELLS = new Set([
  ...['alpine', 'archlinux', 'bash', 'busybox', 'centos', 'debian', 'fedora', 'rockylinux'],
  ...['sh', 'toybox', 'ubuntu', 'curl', 'node', 'python'],
]);

/** The last word of an image's name: `echo` of `registry.k8s.io/e2e/echo:1.0@sha256:...`. */
export function imageBase(image: string): string {
  const name = image.split('@')[0]?.split('/').at(-1) ?? '';
  return name.split(':')[0] ?? '';
}

/** Decides how a container runs; `command` and `args` as in its spec, expanded. */
export function planImage(
  image: string,
  command: readonly string[] | undefined,
  args: readonly string[] | undefined,
): ImagePlan {
  if (command !== undefined && command.length > 0) {
    return { kind: 'host', words: [...command, ...(args ?? [])] };
  }
  const base = imageBase(image);
  if (BUILTIN.has(base)) return { kind: 'builtin', builtin: base as 'echo' | 'pause' };
  if (SHELLS.has(base)) {
    return { kind: 'host', words: args !== undefined && args.length > 0 ? args : ['sh'] };
  }
  return {
    kind: 'unknown',
    message:
      `the process runtime cannot run image "${image}": it pulls no images, containers are processes of ` +
      'this host. Give the container a command that this host has, or use a built-in image ' +
      '(echo, pause, busybox, alpine, debian, ubuntu), or a node with another runtime',
  };
}

/** True where a container of a pod can run here. */
export function canRun({ image = '', command, args }: Container): boolean {
  return planImage(image, command, args).kind !== 'unknown';
}
