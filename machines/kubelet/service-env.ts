/**
 * The environment variables that tell a container of Services (pkg/kubelet/envvars): those of its
 * namespace, and always the one of the API. Pure.
 */
import type { Service } from '../api/types.ts';

/** Variables for the Services a pod of a namespace sees. */
export function serviceEnv(
  services: readonly Service[],
  namespace: string,
  links: boolean,
): ReadonlyMap<string, string> {
  const seen = new Map<string, Service>();
  for (const service of services) {
    const { name = '', namespace: home } = service.metadata ?? {};
    const ip = service.spec?.clusterIP;
    if (ip === undefined || ip === '' || ip === 'None') continue;
    if (home === 'default' && name === 'kubernetes') {
      if (!seen.has(name)) seen.set(name, service);
    } else if (home === namespace && links) seen.set(name, service);
  }
  const env = new Map<string, string>();
  for (const service of seen.values()) addService(env, service);
  return env;
}

function addService(env: Map<string, string>, service: Service): void {
  const ip = service.spec?.clusterIP ?? '';
  const ports = service.spec?.ports ?? [];
  const first = ports[0];
  if (first === undefined) return;
  const prefix = variable(service.metadata?.name ?? '');
  env.set(`${prefix}_SERVICE_HOST`, ip);
  env.set(`${prefix}_SERVICE_PORT`, String(first.port));
  for (const { name, port } of ports) {
    if (name) env.set(`${prefix}_SERVICE_PORT_${variable(name)}`, String(port));
  }
  for (const { port, protocol = 'TCP' } of ports) {
    const url = `${protocol.toLowerCase()}://${ip.includes(':') ? `[${ip}]` : ip}:${port}`;
    const link = `${prefix}_PORT_${port}_${protocol}`;
    if (port === first.port && protocol === (first.protocol ?? 'TCP')) {
      env.set(`${prefix}_PORT`, url);
    }
    env.set(link, url);
    env.set(`${link}_PROTO`, protocol.toLowerCase());
    env.set(`${link}_PORT`, String(port));
    env.set(`${link}_ADDR`, ip);
  }
}

function variable(name: string): string {
  return name.replaceAll('-', '_').toUpperCase();
}
