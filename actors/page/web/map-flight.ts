/** Brings messages over the map: asks for frames, measures where places are, lets the playback pass. */
import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { coloursOf } from './colours.ts';
import { Flight, type Spot } from './flight.ts';
import { tilePoint } from './node-tiles.tsx';
import { flights, flows, moment, pass, paused, speed } from './state.ts';

/** How long a message is on its way, in time and slowed down, milliseconds. */
const FLIGHT_MS = 700;
const SLOW_FLIGHT_MS = 1_300;
/** The most that passes in one frame, of a tab that slept. */
const FRAME_MS_MAX = 1_000;

/** Keeps the canvas drawn, and lets the messages of the playback fly over it. */
export function useFlight(
  root: { readonly current: HTMLDivElement | null },
  canvas: { readonly current: HTMLCanvasElement | null },
): void {
  const flight = useRef<Flight | undefined>(undefined);
  useEffect(() => {
    if (root.current === null || canvas.current === null) return;
    const points = pointsIn(root.current);
    const reduced = matchMedia('(prefers-reduced-motion: reduce)');
    const own = new Flight({
      ...{ canvas: canvas.current, pointOf: points.of, colours: coloursOf },
      isStill: () => reduced.matches,
    });
    flight.current = own;
    const fly = (messages: Parameters<Flight['fly']>[0]): void => {
      if (paused.value) own.clear();
      own.fly(messages, speed.value === 1 ? FLIGHT_MS : SLOW_FLIGHT_MS);
    };
    flights.add(fly);
    let frame = 0;
    let beforeMs = performance.now();
    const draw = (nowMs: number): void => {
      pass(Math.min(nowMs - beforeMs, FRAME_MS_MAX));
      beforeMs = nowMs;
      points.look(nowMs);
      own.draw(nowMs, paused.value, paused.value || speed.value < 0.1);
      frame = requestAnimationFrame(draw);
    };
    frame = requestAnimationFrame(draw);
    return () => {
      cancelAnimationFrame(frame);
      flights.delete(fly);
    };
  }, []);
  useSignalEffect(() => {
    const now = flows.value;
    flight.current?.setFlows(moment.value === undefined ? now : new Map());
  });
}

/** How long positions are believed, milliseconds. */
const LOOK_EVERY_MS = 400;

/** Where places are, measured now and then: measuring for every message would cost more than drawing it. */
function pointsIn(root: HTMLElement) {
  let known = new Map<string, Spot>();
  let lookedMs = Number.NEGATIVE_INFINITY;
  return {
    look(nowMs: number): void {
      if (nowMs - lookedMs < LOOK_EVERY_MS) return;
      lookedMs = nowMs;
      const origin = root.getBoundingClientRect();
      known = new Map();
      for (const element of root.querySelectorAll<HTMLElement>('[data-place]')) {
        const { left, top, width, height } = element.getBoundingClientRect();
        known.set(element.dataset.place ?? '', {
          ...{ x: left - origin.left + width / 2, y: top - origin.top + height / 2 },
          ...{ halfWidth: width / 2 + 4, halfHeight: height / 2 + 4 },
        });
      }
      const all = root.querySelector('.nodes, .tiles')?.getBoundingClientRect();
      if (all === undefined) return;
      known.set('node', {
        ...{ x: all.left - origin.left + all.width / 2, y: all.top - origin.top },
        ...{ halfWidth: 0, halfHeight: 0 },
      });
    },
    of(place: string): Spot | undefined {
      return known.get(place) ?? (place.startsWith('node/') ? tilePoint(place, root) : undefined);
    },
  };
}
