/**
 * The images that are built in. They run inside the node's process, so that a pod of them costs
 * next to nothing; they stop, log and can be entered as any container, and a kubelet that is
 * started again resumes them.
 */
import type { Server } from 'node:http';

/** What a built-in container is told. */
export interface BuiltinInput {
  readonly ip: string;
  readonly env: { readonly [name: string]: string };
  readonly args: readonly string[];
  readonly log: (line: string) => void;
}

/** A built-in container that runs. */
export interface Builtin {
  /** Ends it; resolves with the exit code. */
  stop(signal: string): Promise<number>;
}

const PORT_DEFAULT = 8080;

/** Starts a built-in container; fails where its address is taken. */
export function startBuiltin(name: 'echo' | 'pause', input: BuiltinInput): Promise<Builtin> {
  return name === 'pause' ? Promise.resolve({ stop: async () => 0 }) : startEcho(input);
}

/** An HTTP server that answers with who it is and what it was asked. */
async function startEcho({ ip, env, args, log }: BuiltinInput): Promise<Builtin> {
  const { createServer } = await import('node:http');
  const port = Number(env.PORT ?? PORT_DEFAULT);
  const text = env.ECHO_TEXT ?? (args.length > 0 ? args.join(' ') : undefined);
  const server = createServer((request, response) => {
    const from = `${request.socket.remoteAddress}:${request.socket.remotePort}`;
    log(`${from} ${request.method} ${request.url}`);
    if (text !== undefined) {
      response.end(`${text}\n`);
      return;
    }
    const lines = [
      ['Hostname', env.HOSTNAME],
      ['Pod', `${env.KABUKI_POD_NAMESPACE}/${env.KABUKI_POD_NAME}`],
      ['Node', env.KABUKI_NODE_NAME],
      ['Address', `${ip}:${port}`],
      ['Request', `${request.method} ${request.url}`],
      ['From', from],
    ];
    response.setHeader('content-type', 'text/plain; charset=utf-8');
    response.end(`${lines.map(([key, value]) => `${key}: ${value}`).join('\n')}\n`);
  });
  await listen(server, port, ip);
  log(`listening on http://${ip}:${port}`);
  return {
    stop(signal) {
      log(`${signal}: stopping`);
      return new Promise((resolve) => {
        server.close(() => resolve(0));
        server.closeAllConnections();
      });
    },
  };
}

function listen(server: Server, port: number, ip: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, ip, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
