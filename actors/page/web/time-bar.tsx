/** The controls of time: pause, step, speed of the map, and the slider over revisions. */
import { clock, number, span } from './format.ts';
import { SPEEDS } from './keys.ts';
import type { Speed } from './playback.ts';
import {
  extent,
  goLive,
  moment,
  pause,
  paused,
  playback,
  setSpeed,
  speed,
  step,
  travel,
} from './state.ts';

/** See the file comment. */
export function TimeBar() {
  const known = extent.value;
  const at = moment.value;
  const last = known?.lastRevision ?? 0;
  const shown = at?.revision ?? last;
  return (
    <fieldset class="timebar">
      <legend class="hidden">Time</legend>
      <button
        type="button"
        aria-label={paused.value ? 'Go on' : 'Pause'}
        disabled={at !== undefined}
        onClick={() => pause()}
      >
        {paused.value ? '▶ Go on' : '❚❚ Pause'}
      </button>
      <button type="button" disabled={at !== undefined} onClick={step}>
        Step
      </button>
      <select
        aria-label="Speed of the map"
        value={String(speed.value)}
        disabled={at !== undefined}
        onChange={({ currentTarget }) => setSpeed(Number(currentTarget.value) as Speed)}
      >
        {SPEEDS.map((one) => (
          <option key={one} value={String(one)}>
            {one === 1 ? 'real time' : `1/${number(1 / one)} speed`}
          </option>
        ))}
      </select>
      <input
        type="range"
        class="slider"
        aria-label="Time travel: revision of the store"
        min={known?.firstRevision ?? 0}
        max={last}
        value={shown}
        aria-valuetext={`revision ${shown}${at === undefined ? ', now' : `, ${clock(at.atMs)}, ${at.what}`}`}
        onInput={({ currentTarget }) => {
          const to = Number(currentTarget.value);
          if (to >= last) void goLive();
          else void travel(to);
        }}
      />
      <output data-testid="revision">
        revision {number(shown)}
        {at !== undefined && (
          <span>
            {' '}
            · {clock(at.atMs)} · {at.what}
          </span>
        )}
      </output>
      {(at !== undefined || paused.value || speed.value !== 1) && (
        <button type="button" class="primary" onClick={() => void goLive()}>
          Back to now
        </button>
      )}
      {at === undefined && (paused.value || speed.value !== 1) && (
        <span class="hint">
          {span(playback.behindMs)} behind, {number(playback.waiting)} wait
          {playback.skipped > 0 && `, ${number(playback.skipped)} left out`}
        </span>
      )}
    </fieldset>
  );
}
