/**
 * Which served versions are deprecated, and what a Warning header says to everybody who uses them.
 *
 * Follows apiserver's deprecation package and core/v1's lifecycle. Data; refuses nothing.
 */

const texts: Readonly<Record<string, string>> = {
  '/v1/componentstatuses': 'v1 ComponentStatus is deprecated in v1.19+',
  '/v1/endpoints': 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
};

/** The text that goes with every answer of a deprecated resource, whatever the verb. */
export function deprecationOf(
  group: string,
  version: string,
  resource: string,
): string | undefined {
  return texts[`${group}/${version}/${resource}`];
}
