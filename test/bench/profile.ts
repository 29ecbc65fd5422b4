/**
 * Loaded into every process of a cluster by `npm run bench -- --cpu-prof DIR`: profiles the process from its start
 * and writes `<role>-<pid>.cpuprofile` when it ends, for the browser's developer tools.
 */
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join } from 'node:path';

const folder = process.env.KABUKI_BENCH_PROFILES;
if (folder !== undefined) {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.setSamplingInterval', { interval: 500 });
  session.post('Profiler.start');
  process.once('exit', () => {
    // The answer comes before `post` returns: the inspector of the own thread is synchronous.
    session.post('Profiler.stop', (error, result) => {
      if (error !== null) return;
      const role = process.argv[2] ?? 'process';
      writeFileSync(
        join(folder, `${role}-${process.pid}.cpuprofile`),
        JSON.stringify(result.profile),
      );
    });
  });
}
