/** Ports for servers of long life: free, wanted where that can be, and none that the system hands out by itself. */
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { choosePorts, PORT_FIRST, PORT_LAST } from '../../bus/server/ports.ts';

test('they are free, different, and not among those of outgoing connections', async () => {
  const ports = await choosePorts(20);
  expect(new Set(ports).size).toBe(20);
  for (const port of ports) {
    expect(port).toBeGreaterThanOrEqual(PORT_FIRST);
    expect(port).toBeLessThanOrEqual(PORT_LAST);
  }
});

test('what is wanted is taken where it is free', async () => {
  const [first = 0, second = 0] = await choosePorts(2);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(first, '127.0.0.1', resolve));
  const [instead, wanted] = await choosePorts(2, [first, second]);
  expect(instead).not.toBe(first);
  expect(wanted).toBe(second);
  await new Promise((resolve) => server.close(resolve));
});
