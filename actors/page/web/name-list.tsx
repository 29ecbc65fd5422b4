/** A list of names to choose from, with a field that makes it shorter. */
import type { Signal } from '@preact/signals';
import type { Names } from '../protocol.ts';
import { number } from './format.ts';

export interface NameListProps {
  readonly label: string;
  readonly text: Signal<string>;
  readonly names: Names | undefined;
  readonly selected: string;
  readonly titleOf: (name: string) => string;
  readonly choose: (name: string) => void;
}

/** See the file comment. */
export function NameList({ label, text, names, selected, titleOf, choose }: NameListProps) {
  const more = names === undefined ? 0 : names.total - names.names.length;
  return (
    <div class="names">
      <input
        type="search"
        placeholder={`${label} with …`}
        aria-label={`${label} that contain`}
        value={text.value}
        onInput={({ currentTarget }) => {
          text.value = currentTarget.value;
        }}
      />
      <ul aria-label={label}>
        {names?.names.map((name) => (
          <li key={name}>
            <button
              type="button"
              aria-current={name === selected ? 'true' : undefined}
              data-name={name}
              title={name}
              onClick={() => choose(name)}
            >
              {titleOf(name)}
            </button>
          </li>
        ))}
      </ul>
      {more > 0 && <p class="hint">and {number(more)} more: write part of a name above.</p>}
    </div>
  );
}
