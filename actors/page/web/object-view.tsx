/** Objects through time: what is stored, what each write changed, who asked for it, and why. */
import { useSignal } from '@preact/signals';
import type { Names, ObjectHistory, ObjectRevision } from '../protocol.ts';
import { useAnswer } from './answers.ts';
import { clock, inLine, number, objectTitle, shortened } from './format.ts';
import { NameList } from './name-list.tsx';
import { moment, objectKey, openObject, revision, selection, tell, travel } from './state.ts';

const AGAIN_MS = 1_500;

/** See the file comment. */
export function ObjectView() {
  const text = useSignal('');
  const names = useAnswer<Names>(
    () => ({ what: 'objects', words: { text: text.value, revision: revision.value } }),
    AGAIN_MS,
  );
  return (
    <div class="split">
      <NameList
        label="Objects"
        text={text}
        names={names.value.value}
        selected={objectKey.value}
        titleOf={objectTitle}
        choose={openObject}
      />
      <div class="split-main">
        {objectKey.value === '' ? (
          <p class="hint">Choose an object to see its revisions.</p>
        ) : (
          <History />
        )}
      </div>
    </div>
  );
}

function History() {
  const answered = useAnswer<ObjectHistory>(
    () =>
      objectKey.value === ''
        ? undefined
        : { what: 'object', words: { key: objectKey.value, revision: revision.value } },
    AGAIN_MS,
  );
  const { value, trouble } = answered.value;
  if (value === undefined) return <p class="hint">{trouble || 'Looking …'}</p>;
  const newest = [...value.revisions].reverse();
  return (
    <>
      <h2 data-testid="object">{objectTitle(value.key)}</h2>
      <p class="hint">
        {number(newest.length)} revisions are held
        {moment.value !== undefined && ` up to revision ${number(moment.value.revision)}`}, the
        newest first.
        <button type="button" class="link" onClick={() => tell({ of: 'about', key: value.key })}>
          What caused it
        </button>
      </p>
      <ol class="revisions">
        {newest.map((one, index) => (
          <li key={one.revision}>
            <Revision one={one} isOpen={index === 0} isFirst={index === newest.length - 1} />
          </li>
        ))}
      </ol>
    </>
  );
}

interface RevisionProps {
  readonly one: ObjectRevision;
  readonly isOpen: boolean;
  readonly isFirst: boolean;
}

function Revision({ one, isOpen, isFirst }: RevisionProps) {
  const { changes, object, operation, who, why } = one;
  return (
    <article>
      <h3>
        <button type="button" class="link" onClick={() => void travel(one.revision)}>
          revision {number(one.revision)}
        </button>
        <small>{clock(one.atMs)}</small>
        {operation === 'delete' && <span class="badge bad">deleted</span>}
      </h3>
      <p>
        <b>{who}</b>: {why}{' '}
        <button
          type="button"
          class="link"
          onClick={() => {
            selection.value = { of: 'event', key: one.key };
          }}
        >
          why?
        </button>
      </p>
      {changes.length > 0 && (
        <table class="changes">
          <thead class="hidden">
            <tr>
              <th>field</th>
              <th>before</th>
              <th>after</th>
            </tr>
          </thead>
          <tbody>
            {changes.map(({ path, before, after }) => (
              <tr key={path}>
                <th scope="row">{path}</th>
                <td>{before !== undefined && <del>{shortened(inLine(before), 160)}</del>}</td>
                <td>{after !== undefined && <ins>{shortened(inLine(after), 160)}</ins>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {changes.length === 0 && operation === 'put' && (
        <p class="hint">{isFirst ? 'The first that is held.' : 'Nothing that counts changed.'}</p>
      )}
      {object !== undefined && (
        <details open={isOpen && changes.length === 0}>
          <summary>The whole object</summary>
          <pre>{JSON.stringify(object, undefined, 2)}</pre>
        </details>
      )}
    </article>
  );
}
