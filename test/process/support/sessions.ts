import { Agent, request } from 'node:http';

export interface PollAnswer {
  readonly status: number;
  readonly text: string;
  /** Of the client's own end: requests over one connection have the same. */
  readonly port: number;
}

export type Headers = Readonly<Record<string, string>>;

const PATH = '/socket.io/?EIO=4&transport=polling';

/** Engine.IO's polling by hand, all of it over one connection, as through a proxy that keeps it. */
export class PollingPeer {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(
    private readonly url: string,
    private readonly headers: Headers = {},
  ) {}

  /** Opens a session; returns its id. */
  async handshake(headers: Headers = {}): Promise<string> {
    const { text } = await this.call('GET', PATH, undefined, headers);
    return (JSON.parse(text.slice(1)) as { sid: string }).sid;
  }

  poll(session: string): Promise<PollAnswer> {
    return this.call('GET', `${PATH}&sid=${session}`);
  }

  post(session: string, packets: string, headers: Headers = {}): Promise<PollAnswer> {
    return this.call('POST', `${PATH}&sid=${session}`, packets, headers);
  }

  close(): void {
    this.agent.destroy();
  }

  private call(
    method: string,
    path: string,
    body?: string,
    headers: Headers = {},
  ): Promise<PollAnswer> {
    return new Promise((resolve, reject) => {
      const options = { method, agent: this.agent, headers: { ...this.headers, ...headers } };
      const call = request(`${this.url}${path}`, options, (response) => {
        const port = response.socket.localPort ?? 0;
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.once('end', () => resolve({ status: response.statusCode ?? 0, text, port }));
      });
      call.once('error', reject).end(body);
    });
  }
}

/** The worker that an id of a session names. */
export const workerOf = (session: string): number => Number(/^w(\d+)-/.exec(session)?.[1]);
