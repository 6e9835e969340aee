import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { ChatClient } from '../../support/chat-client.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { FrameClient } from '../../support/frame-client.js';
import { Service } from '../../support/service.js';
import { SECRET, tokenFor, type TestUser } from '../../support/tokens.js';
import type { Names } from './bytes.js';
import { NOT_LOGGED } from './leaks.js';

/** More than any of it should stay, less than would stay if each input left something large. */
const MAY_STAY_BYTES = 48_000_000;

/** A process of its own takes a while where many others do, too. */
const BEGUN_WITHIN_MS = 120_000;

/** Names that no generator comes upon: nobody bans or greets them by chance. */
const HUGO: TestUser = { id: 'witness-hugo', name: 'hugo' };
const IDA: TestUser = { id: 'witness-ida', name: 'ida' };
export const ATTACKER: TestUser = { id: 'attacker', name: 'attacker' };

/**
 * The service as a process of its own, somebody who attacks it, and two who talk on in other
 * protocols, whatever happens.
 */
export class Scene {
  private round = 0;

  private constructor(
    readonly service: Service,
    private readonly database: TestDatabase,
    private readonly hugo: ChatClient,
    private readonly ida: FrameClient,
    /** What `{{…}}` stands for in a corpus. */
    readonly names: Names,
    private readonly before: { readonly pid: number; readonly heapUsed: number },
  ) {}

  static async begin(): Promise<Scene> {
    const database = await createDatabase();
    const service = await Service.start(variables(database));
    const foreign = await service.conversation([HUGO, IDA]);
    const room = await service.conversation([ATTACKER]);
    const hugo = new ChatClient(service.url, await tokenFor(HUGO), { transports: ['websocket'] });
    await hugo.connected();
    await hugo.join(foreign);
    const ida = new FrameClient(`${socketUrl(service)}/ws/chat?token=${await tokenFor(IDA)}`);
    await ida.opened();
    await ida.join(foreign);
    const sent = await hugo.send(foreign, 'none of your business');
    const names = {
      room: String(room),
      foreign: String(foreign),
      foreignMessage: String((sent.message as { id: number }).id),
      token: await tokenFor(ATTACKER),
      foreignSid: hugo.socket.io.engine.id,
      secret: SECRET,
      later: String(Math.floor(Date.now() / 1_000) + 3_600),
    };
    const before = { pid: service.pid, heapUsed: await service.heapUsed() };
    return new Scene(service, database, hugo, ida, names, before);
  }

  /** Whatever came before: the process is the one it was, and the two still understand each other. */
  async goesOn(): Promise<void> {
    const { service, hugo, ida } = this;
    const room = this.names.foreign ?? '';
    const content = `still here, no. ${++this.round}`;
    const isIt = (payload: Record<string, unknown>) => JSON.stringify(payload).includes(content);
    if (this.round % 2) hugo.socket.emit('message:send', { conversationId: room, content });
    else ida.send('room_message', { room, content });
    await Promise.all([hugo.next('message:new', isIt), ida.next('room_message', isIt)]);
    expect(service.isRunning).toBe(true);
    expect(service.pid).toBe(this.before.pid);
  }

  /** Nothing was unexpected to the service, and nothing much of it stayed. */
  async leavesNothing(): Promise<void> {
    const { service, before } = this;
    const lines = service.log.join('').split('\n');
    expect(lines.filter((line) => NOT_LOGGED.test(line))).toEqual([]);
    expect((await service.heapUsed()) - before.heapUsed).toBeLessThan(MAY_STAY_BYTES);
  }

  async end(): Promise<void> {
    this.hugo.close();
    this.ida.close();
    await this.service.remove();
    await this.database.drop();
  }
}

const variables = ({ url }: TestDatabase): Record<string, string> => ({
  DATABASE_URL: url,
  LIVE_BROADCAST: 'true',
  RATE_LIMIT_ROOT: 'off',
  RATE_LIMIT_VEZA: 'off',
  RATE_LIMIT_SALON: 'off',
  RATE_LIMIT_LIVE: 'off',
  RATE_LIMIT_UPLOADS: 'off',
  RATE_LIMIT_BAD_TOKENS: 'off',
  RATE_LIMIT_CONNECTIONS: 'off',
  RATE_LIMIT_EVENTS: 'off',
  RATE_LIMIT_REST: 'off',
  RATE_LIMIT_ROOMS: 'off',
});

const socketUrl = ({ url }: Service): string => url.replace('http', 'ws');

/** One scene for a file; looked after once each of its specs is over. */
export function useScene(): () => Scene {
  let beginning: Promise<Scene> | undefined;
  let scene: Scene | undefined;
  const current = (): Scene => {
    if (!scene) throw new Error('The scene has not begun');
    return scene;
  };
  beforeAll(async () => {
    beginning = Scene.begin();
    scene = await beginning;
  }, BEGUN_WITHIN_MS);
  afterEach(() => current().goesOn());
  // One that took too long to begin ends as well: no process may outlive its suite.
  afterAll(async () => (await beginning)?.end());
  return current;
}
