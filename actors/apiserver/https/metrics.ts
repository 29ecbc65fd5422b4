/**
 * A few counters of the HTTPS front, in Prometheus' text format.
 *
 * Holds numbers only. The number of series is bounded: resources and verbs come from the facts
 * table.
 */
import { type RequestInfo, requestInfo } from './request-info.ts';

/** What is under way, and (`acceptErrors`) connections that the system refused. */
export type Gauge = 'inflight' | 'watches' | 'streams' | 'acceptErrors';

/** Counts requests and what is going on. */
export interface Metrics {
  count(info: RequestInfo, code: number): void;
  /** Adds to (or takes from) what is under way, and returns how much there is now. */
  add(what: Gauge, amount: 1 | -1): number;
  text(): string;
}

/** The content type of Prometheus' text format. */
export const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

/** Series beyond this many are counted together under `other`. */
const seriesMax = 4_000;

const verbLabels: Readonly<Record<string, string>> = { create: 'POST', update: 'PUT' };
const other = requestInfo('other', '/api/v1/other', new URLSearchParams());

/** The labels that kube-apiserver gives its counter of requests, but whether it was a dry run. */
function labelsOf(info: RequestInfo, code: number): string {
  const { verb, group, version, resource, subresource, name, namespace, isResource } = info;
  if (!/^[a-z0-9.-]{0,200}$/.test(verb + group + version + resource + subresource)) {
    return labelsOf(other, code);
  }
  const scope = name !== '' ? 'resource' : namespace !== '' ? 'namespace' : 'cluster';
  return (
    `code="${code}",component="apiserver",group="${group}",resource="${resource}",` +
    `scope="${isResource ? scope : ''}",subresource="${subresource}",` +
    `verb="${verbLabels[verb] ?? verb.toUpperCase()}",version="${version}"`
  );
}

/** Fresh counters. */
export function createMetrics(): Metrics {
  const requests = new Map<string, number>();
  const gauges = { inflight: 0, watches: 0, streams: 0, acceptErrors: 0 };
  return {
    count(info, code) {
      const labels = labelsOf(info, code);
      const full = !requests.has(labels) && requests.size >= seriesMax;
      const key = full ? labelsOf(other, 0) : labels;
      requests.set(key, (requests.get(key) ?? 0) + 1);
    },
    add(what, amount) {
      gauges[what] += amount;
      return gauges[what];
    },
    text() {
      const memory = process.memoryUsage();
      const cpu = process.cpuUsage();
      const lines = [
        '# HELP apiserver_request_total Requests answered, by verb, resource and HTTP code.',
        '# TYPE apiserver_request_total counter',
        ...[...requests].map(([labels, value]) => `apiserver_request_total{${labels}} ${value}`),
        '# HELP apiserver_current_inflight_requests Requests being answered, without watches.',
        '# TYPE apiserver_current_inflight_requests gauge',
        `apiserver_current_inflight_requests ${gauges.inflight}`,
        '# HELP apiserver_longrunning_requests Watches and streams that are open.',
        '# TYPE apiserver_longrunning_requests gauge',
        `apiserver_longrunning_requests{verb="WATCH"} ${gauges.watches}`,
        `apiserver_longrunning_requests{verb="CONNECT"} ${gauges.streams}`,
        '# HELP apiserver_accept_errors_total Connections refused for want of file descriptors.',
        '# TYPE apiserver_accept_errors_total counter',
        `apiserver_accept_errors_total ${gauges.acceptErrors}`,
        '# HELP process_resident_memory_bytes Resident memory of this process.',
        '# TYPE process_resident_memory_bytes gauge',
        `process_resident_memory_bytes ${memory.rss}`,
        '# HELP process_cpu_seconds_total Processor time of this process.',
        '# TYPE process_cpu_seconds_total counter',
        `process_cpu_seconds_total ${(cpu.user + cpu.system) / 1e6}`,
      ];
      return `${lines.join('\n')}\n`;
    },
  };
}
