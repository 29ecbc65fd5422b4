/**
 * A few counters of the HTTPS front, in Prometheus' text format.
 *
 * Holds numbers only. The number of series is bounded: resources and verbs come from the facts
 * table.
 */

/** Counts requests and what is going on. */
export interface Metrics {
  count(verb: string, resource: string, code: number): void;
  /** Adds to (or takes from) what is under way, and returns how much there is now. */
  add(what: 'inflight' | 'watches' | 'streams', amount: 1 | -1): number;
  text(): string;
}

/** Series beyond this many are counted together under `other`. */
const seriesMax = 4_000;

/** Fresh counters. */
export function createMetrics(): Metrics {
  const requests = new Map<string, number>();
  const gauges = { inflight: 0, watches: 0, streams: 0 };
  return {
    count(verb, resource, code) {
      const labels = `verb="${verb}",resource="${resource}",code="${code}"`;
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
