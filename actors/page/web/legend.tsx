/** What dots and colours mean, and the help. */
import { clock, number } from './format.ts';
import { KEYS } from './keys.ts';
import { extent, helpShown } from './state.ts';

/** Always to be seen. */
export function Legend() {
  return (
    <section class="legend" aria-label="Legend">
      <span>
        <i class="dot dot-request" /> asks the API server
      </span>
      <span>
        <i class="dot dot-write" /> is written to the store
      </span>
      <span>
        <i class="dot dot-news" /> tells somebody of a change
      </span>
      <span>
        <i class="dot dot-beat" /> heartbeat
      </span>
      <span>
        <i class="pod pod-waiting" /> waits
      </span>
      <span>
        <i class="pod pod-starting" /> starts
      </span>
      <span>
        <i class="pod pod-ready" /> ready
      </span>
      <span>
        <i class="pod pod-ending" /> ends
      </span>
      <span>
        <i class="pod pod-failed" /> failed
      </span>
      <span class="wide">A moving dot is one message. Click anything to see why it is so.</span>
    </section>
  );
}

/** What the views show, keys, limits. */
export function Help() {
  return (
    <dialog open class="help" aria-label="Keys and help">
      <h2>What you see</h2>
      <p>
        Everybody in a cluster is an actor: it waits for a message, changes its state, and sends
        messages on. The <b>map</b> shows messages on their way; <b>space-time</b> shows which
        message led to which; <b>machines</b> shows the states an actor can be in; <b>objects</b>{' '}
        shows what is stored, who wrote it, and why.
      </p>
      <p>
        Drag the slider to see the cluster as it was. Nothing here changes anything in the cluster.
      </p>
      <h2>Keys</h2>
      <dl>
        {KEYS.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <h2>Limits</h2>
      <p>
        This page holds the newest {number(extent.value?.heldMax ?? 0)} records
        {extent.value !== undefined &&
          ` (now ${number(extent.value.held)}, since ${clock(extent.value.firstMs)})`}
        . It is sent at most 200 messages a second, and says how many there were.
      </p>
      <button
        type="button"
        class="primary"
        onClick={() => {
          helpShown.value = false;
        }}
      >
        Close
      </button>
    </dialog>
  );
}
