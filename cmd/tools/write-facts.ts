/**
 * Writes the facts table and the TypeScript types from Kubernetes' published Go definitions.
 *
 *     node dist/cmd/tools/write-facts.js <directory that holds api, apimachinery, ...> [out]
 *
 * A development tool, run when a new Kubernetes version is adopted; its output is committed. Run
 * it, build, and run it again with --types alone for machines/api/types.ts.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resourcesText } from '../../machines/api/facts/resources.ts';
import { factsTable, type Section } from './facts-table.ts';
import { type GoPackage, readGoFile } from './go-types.ts';

const apiSections = [
  'core.v1',
  'admission.v1',
  'admissionregistration.v1',
  'apidiscovery.v2',
  'apidiscovery.v2beta1',
  'apps.v1',
  'authentication.v1',
  'authorization.v1',
  'autoscaling.v1',
  'autoscaling.v2',
  'batch.v1',
  'certificates.v1',
  'coordination.v1',
  'discovery.v1',
  'events.v1',
  'flowcontrol.v1',
  'networking.v1',
  'node.v1',
  'policy.v1',
  'rbac.v1',
  'resource.v1',
  'scheduling.v1',
  'storage.v1',
];

const packages: readonly (readonly [section: string, path: string])[] = [
  ['meta.v1', 'k8s.io/apimachinery/pkg/apis/meta/v1'],
  ...apiSections.map((name) => [name, `k8s.io/api/${name.replace('.', '/')}`] as const),
  ['apiextensions.v1', 'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1'],
];

const moreRoots = [
  ...['APIGroup', 'APIGroupList', 'APIResourceList', 'APIVersions', 'CreateOptions'],
  ...['DeleteOptions', 'GetOptions', 'List', 'ListOptions', 'PartialObjectMetadata'],
  ...['PartialObjectMetadataList', 'PatchOptions', 'Status', 'Table', 'TableOptions'],
  ...['UpdateOptions', 'WatchEvent'],
].map((name) => `meta.v1.${name}`);

const otherRoots = [
  ...['core.v1.PodLogOptions', 'core.v1.SerializedReference'],
  ...['apidiscovery.v2.APIGroupDiscoveryList', 'apidiscovery.v2beta1.APIGroupDiscoveryList'],
  ...['admission.v1.AdmissionReview', 'apiextensions.v1.ConversionReview'],
];

/** The aggregator's types are in no package that write-facts reads, so they are given here. */
const apiregistration = `
#apiregistration.v1 apiregistration.k8s.io/v1 io.k8s.kube-aggregator.pkg.apis.apiregistration.v1
APIService:K metadata:1:meta.v1.ObjectMeta:?o spec:2:APIServiceSpec:? status:3:APIServiceStatus:?
APIServiceCondition type:1:s status:2:s lastTransitionTime:3:T:?o reason:4:s:?o message:5:s:?o
APIServiceList:K metadata:1:meta.v1.ListMeta:?o items:2:[APIService
APIServiceSpec service:1:ServiceReference:?*o group:2:s:? version:3:s:?\
 insecureSkipTLSVerify:4:b:? caBundle:5:B:?oa groupPriorityMinimum:7:i versionPriority:8:i
APIServiceStatus conditions:1:[APIServiceCondition:?ok(type)p^type^
ServiceReference namespace:1:s:? name:2:s:? port:3:i:?*o
`;

const tableHeader = `/**
 * Facts about every API type of Kubernetes 1.36's stable groups, written by
 * cmd/tools/write-facts.ts from the published definitions; never edited by hand. The syntax is
 * described in machines/api/schema.ts. Holds no code and no prose.
 */
export const typesText = \``;

function readSection(root: string, name: string, path: string): Section {
  const found: GoPackage = { types: new Map(), values: new Map(), imports: new Map() };
  const folder = join(root, path.replace('k8s.io/', ''));
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('.go') || /_test\.go$|^zz_|generated|^types_swagger/.test(file)) continue;
    readGoFile(readFileSync(join(folder, file), 'utf8'), found);
  }
  const register = join(folder, 'register.go');
  const text = existsSync(register) ? readFileSync(register, 'utf8') : '';
  const group = /GroupName\s*=\s*"([^"]*)"/.exec(text)?.[1] ?? '';
  const version = name.slice(name.indexOf('.') + 1);
  return { ...found, path, name, groupVersion: `${group === '' ? 'core' : group}/${version}` };
}

function kindRoots(sections: readonly Section[]): string[] {
  const sectionOf = new Map(sections.map((section) => [section.groupVersion, section]));
  const roots: string[] = [];
  let section: Section | undefined;
  for (const line of resourcesText.split('\n')) {
    if (line !== '' && !line.startsWith(' ')) section = sectionOf.get(line);
    const kind = line.trim().split(' ')[0]!;
    if (line.startsWith(' ') && section !== undefined) {
      roots.push(...[kind, `${kind}List`].map((name) => `${section!.name}.${name}`));
    }
    for (const match of line.matchAll(/:([\w.]+\/v\w+)\.([A-Z]\w+)/g)) {
      roots.push(`${sectionOf.get(match[1]!)!.name}.${match[2]}`);
    }
  }
  const known = new Map(sections.map((entry) => [entry.name, entry]));
  return roots.filter((name) => {
    const dot = name.lastIndexOf('.');
    return !name.endsWith('List') || known.get(name.slice(0, dot))!.types.has(name.slice(dot + 1));
  });
}

async function main(): Promise<void> {
  const [source] = process.argv.slice(2);
  if (source === undefined) throw new Error('usage: write-facts <k8s.io directory> | --types');
  if (source === '--types') {
    const { typescriptTypes } = await import('./typescript-types.ts');
    writeFileSync('machines/api/types.ts', typescriptTypes());
    return;
  }
  const sections = packages.map(([name, path]) => readSection(source, name, path));
  const roots = [...kindRoots(sections), ...moreRoots, ...otherRoots];
  const table = factsTable(sections, roots) + apiregistration.trimEnd();
  writeFileSync('machines/api/facts/types.ts', `${tableHeader}\n${table}\n\`;\n`);
}

await main();
