/**
 * What those who speak on the control line may do: each command, and one at a time the run of a scenario. What a run
 * has begun is undone when its end of the line is gone, however that came.
 */
import type { Peer } from './control-server.ts';
import { type ChaosAnswer, type ChaosCommand, type LineCommand, UNWATCHED } from './protocol.ts';
import type { Runner, RunTurn } from './run-turn.ts';

/** Handles the commands of all peers; `carryOut` never rejects. */
export function createLineHandler(
  turn: RunTurn,
  carryOut: (command: ChaosCommand) => Promise<ChaosAnswer>,
): (command: LineCommand, peer: Peer) => Promise<ChaosAnswer> {
  const runners = new WeakMap<Peer, Runner>();

  function claim(who: string, peer: Peer): Promise<ChaosAnswer> {
    const runner: Runner = { who, stop: peer.stop };
    const other = turn.take(runner);
    if (other !== undefined) return Promise.resolve(inTheWay(other));
    runners.set(peer, runner);
    peer.onGone = () => void release(peer);
    return carryOut({ do: 'status' });
  }

  async function release(peer: Peer): Promise<ChaosAnswer> {
    const runner = runners.get(peer);
    if (runner === undefined || !runners.delete(peer)) return carryOut({ do: 'status' });
    await carryOut({ do: 'watch', watching: UNWATCHED });
    const answer = await carryOut({ do: 'stop' });
    turn.leave(runner);
    return answer;
  }

  return (command, peer) => {
    switch (command.do) {
      case 'claim':
        return claim(command.who, peer);
      case 'release':
        return release(peer);
      case 'stop':
        // Who runs a scenario undoes its own faults; anybody else ends the run with them.
        if (!turn.has(runners.get(peer))) turn.stop();
        return carryOut(command);
      default:
        return carryOut(command);
    }
  };
}

const inTheWay = ({ who }: Runner): ChaosAnswer => ({
  ok: false,
  message: `${who} is running, and one scenario runs at a time`,
  advice: 'Wait for it, or end it with `kabuki chaos stop`.',
});
