/** Fields that several views have: each is a signal that the reader sets. */
import type { Signal } from '@preact/signals';

/** A box to tick. */
export function Tick({
  label,
  value,
  disabled = false,
}: {
  readonly label: string;
  readonly value: Signal<boolean>;
  readonly disabled?: boolean;
}) {
  return (
    <label>
      <input
        type="checkbox"
        checked={value.value}
        disabled={disabled}
        onChange={({ currentTarget }) => {
          value.value = currentTarget.checked;
        }}
      />
      {label}
    </label>
  );
}

/** A field that chooses by part of a name, while it is written in. */
export function Search({
  label,
  hint,
  text,
}: {
  readonly label: string;
  readonly hint: string;
  readonly text: Signal<string>;
}) {
  return (
    <input
      type="search"
      placeholder={hint}
      aria-label={label}
      value={text.value}
      onInput={({ currentTarget }) => {
        text.value = currentTarget.value;
      }}
    />
  );
}
