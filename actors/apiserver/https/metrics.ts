/**
 * A few counters of the HTTPS front, in Prometheus' text format.
 *
 * Holds numbers only. The number of series is bounded: resources and verbs come from the facts
 * table.
 */

/** What is under way, and (`acceptErrors`) connections that the system refused. */
export type Gauge = 'inflight' | 'watches' | 'streams' | 'acceptErrors';

/** Counts requests and what is going on. */
export interface Metrics {
  count(verb: string, resource: string, code: number): void;
  /** Adds to (or takes from) what is under way, and returns how much there is now. */
  add(what: Gauge, amount: 1 | -1): number;
  text(): string;
}

/** Series beyond this many are counted together under `other`. */
const seriesMax = 4_000;

/** Fresh counters. */
export function createMetrics(): Metrics {
  const requests = new Map<string, number>();
  const gauges = { inflight: 0, watches: 0, streams: 0, acceptErrors: 0 };
  return {
    count(verb, resource, code) {
      const known = /^[a-z0-9.-]*$/.test(verb + resource);
      const labels = known
        ? `verb="${verb}",resource="${resource}",code="${code}"`
        : `verb="other",resource="other",code="${code}"`;
      const full = !requests.has(labels) && requests.size >= seriesMax;
      const key = full ? 'verb="other",resource="other",code="0"' : labels;
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
