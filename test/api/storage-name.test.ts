import { expect, test } from 'vitest';
import { servedByStorage } from '../../machines/api/resources.ts';
import { resources } from '../../machines/api/schema.ts';
import { requestTarget } from '../../machines/api/storage-name.ts';

test('requests for every stored resource go where the table says', () => {
  const stored = [...new Set(resources().map(({ storage }) => storage))].filter(
    (storage) => servedByStorage(storage) !== undefined,
  );
  expect(stored.length).toBeGreaterThan(50);
  for (const storage of stored) {
    const served = servedByStorage(storage);
    expect(requestTarget(storage)).toEqual({
      group: served?.group,
      version: served?.version,
      resource: served?.info.plural,
    });
  }
});
