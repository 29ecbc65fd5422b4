/**
 * Reads how a Debian or Ubuntu machine is configured to reach its archive, in both forms of source
 * lists, and names the suites that may hold a newer package. Pure text in, data out: reads no file.
 * Options that weaken the check of signatures (`trusted`, `allow-insecure`) are never carried over.
 */

/** One configured source of binary packages. `signedBy` may be a path or a key block of several lines. */
export interface AptSource {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  readonly signedBy?: string;
}

/** Which distribution this is, as /etc/os-release says. */
export interface Distribution {
  readonly family: 'debian' | 'ubuntu';
  readonly codename: string;
}

const suitesTriedMax = 8;

/** Parses the one-line form: `deb [signed-by=/key.gpg] http://host/debian trixie main`. */
export function parseOneLineSources(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.replace(/#.*$/, '').trim();
    const match = /^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)(?:\s+(.*))?$/.exec(line);
    if (match === null) continue;
    const [, options = '', uri = '', suite = '', components = ''] = match;
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1];
    sources.push({
      uris: [uri],
      suites: [suite],
      components: words(components),
      ...(signedBy === undefined ? {} : { signedBy }),
    });
  }
  return sources;
}

/** Parses the deb822 form: stanzas of `Types:`, `URIs:`, `Suites:`, `Components:`, `Signed-By:`. */
export function parseDeb822Sources(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const stanza of text.split(/\n[ \t]*\n/)) {
    const fields = stanzaFields(stanza);
    if (fields.get('enabled')?.trim().toLowerCase() === 'no') continue;
    if (!words(fields.get('types') ?? '').includes('deb')) continue;
    const signedBy = fields.get('signed-by');
    sources.push({
      uris: words(fields.get('uris') ?? ''),
      suites: words(fields.get('suites') ?? ''),
      components: words(fields.get('components') ?? ''),
      ...(signedBy === undefined ? {} : { signedBy }),
    });
  }
  return sources;
}

function stanzaFields(stanza: string): Map<string, string> {
  const fields = new Map<string, string>();
  let name = '';
  for (const line of stanza.split('\n')) {
    if (line.startsWith('#')) continue;
    const match = /^([A-Za-z-]+):\s*(.*)$/.exec(line);
    if (match !== null) {
      name = (match[1] ?? '').toLowerCase();
      fields.set(name, match[2] ?? '');
    } else if (/^[ \t]/.test(line) && name !== '') {
      fields.set(name, `${fields.get(name) ?? ''}\n${line}`);
    }
  }
  return fields;
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** Writes sources in the deb822 form, for the given suites in place of their own where named. */
export function renderSources(sources: readonly AptSource[], suites?: readonly string[]): string {
  return sources
    .map((source) =>
      [
        'Types: deb',
        `URIs: ${source.uris.join(' ')}`,
        `Suites: ${(suites ?? source.suites).join(' ')}`,
        ...(source.components.length > 0 ? [`Components: ${source.components.join(' ')}`] : []),
        ...(source.signedBy === undefined ? [] : [`Signed-By: ${source.signedBy}`]),
        '',
      ].join('\n'),
    )
    .join('\n');
}

/** Reads /etc/os-release; undefined for what is neither Debian nor Ubuntu nor made from them. */
export function parseDistribution(osRelease: string): Distribution | undefined {
  const value = (key: string): string =>
    new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm').exec(osRelease)?.[1] ?? '';
  const ids = [value('ID'), ...words(value('ID_LIKE'))];
  if (ids.includes('ubuntu')) {
    return { family: 'ubuntu', codename: value('UBUNTU_CODENAME') || value('VERSION_CODENAME') };
  }
  if (ids.includes('debian')) return { family: 'debian', codename: value('VERSION_CODENAME') };
  return undefined;
}

/**
 * The sources that are the distribution's own archive, as far as that can be seen: a plain suite name
 * and the component `main`. For Ubuntu `universe` is added, where nats-server is.
 */
export function archiveSources(
  sources: readonly AptSource[],
  distribution: Distribution,
): AptSource[] {
  const plain = (suite: string): boolean =>
    suite === distribution.codename ||
    /^(oldstable|stable|testing|unstable|sid|devel)$/.test(suite);
  return sources
    .filter((source) => source.components.includes('main') && source.suites.some(plain))
    .map((source) => ({
      ...source,
      suites: source.suites.filter(plain),
      components:
        distribution.family === 'ubuntu' ? ['main', 'universe'] : source.components.slice(0, 1),
    }));
}

/**
 * The suites to try after the configured ones, in order. Debian's archive itself names them: `stable`,
 * `testing` and `unstable`. Ubuntu's come from its own list of releases (distro-info's `ubuntu.csv`),
 * and `devel` is the archive's own name for the next one.
 */
export function newerSuites(
  distribution: Distribution,
  configured: readonly string[],
  ubuntuCsv: string,
): string[] {
  if (distribution.family === 'ubuntu') {
    const names = ubuntuCsv
      .split('\n')
      .slice(1)
      .map((line) => line.split(',')[2] ?? '')
      .filter((name) => /^[a-z]+$/.test(name));
    const own = names.indexOf(distribution.codename);
    const later = own < 0 ? [] : names.slice(own + 1).reverse();
    return [...later, 'devel'].slice(-suitesTriedMax);
  }
  const order = ['stable', 'testing', 'unstable'];
  const reached = configured.map((name) => order.indexOf(name === 'sid' ? 'unstable' : name));
  return order.slice(Math.max(-1, ...reached) + 1);
}
