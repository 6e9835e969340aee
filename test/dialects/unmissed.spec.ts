import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ParticipantStore } from '../../src/core/ports/participant-store.js';
import { startApp, type TestApp } from '../support/app.js';
import type { ChatClient } from '../support/chat-client.js';
import { messageIn } from '../support/chat-shapes.js';
import { integerIn, seededRandom } from '../support/seeded-random.js';
import type { Speaker } from '../support/speaker.js';
import { everywhere } from '../support/speakers.js';
import { someone } from '../support/tokens.js';
import { arriveInLive, IN_BEGUN_DIRECT, IN_DIRECT, IN_ROOM } from './support/arrivals.js';

const ROUNDS = 5;
const AFTERWARDS = 5;

const { random } = seededRandom();
let app: TestApp;

beforeAll(async () => {
  app = await startApp();
  const store = app.get(ParticipantStore);
  const read = store.conversationsOf.bind(store);
  // What an arriving client is to hear is known late: messages are stored and told meanwhile.
  store.conversationsOf = async (userId) => {
    const conversations = await read(userId);
    for (let n = integerIn(random, 0, 12); n > 0; n--) await read(userId);
    return conversations;
  };
});
afterAll(() => app.stop());

const turns = async (count: number) => {
  for (let n = 0; n < count; n++) await new Promise(setImmediate);
};

/** Somebody who keeps talking, and knows when it said what. */
class Talker {
  /** The ids of what it said, in order, where the answer is known. */
  readonly said: number[] = [];
  private readonly answers: Promise<void>[] = [];

  constructor(
    private readonly client: ChatClient,
    private readonly place: number | string,
  ) {}

  talk(): Promise<void> {
    const at = this.answers.length;
    const answer = this.client.send(this.place, `text ${at}`).then((ack) => {
      this.said[at] = messageIn(ack).id;
    });
    this.answers.push(answer);
    return answer;
  }

  get count(): number {
    return this.answers.length;
  }

  async finished(): Promise<readonly number[]> {
    await Promise.all(this.answers);
    return this.said;
  }
}

/**
 * One talks on while another arrives. `arrive` calls back the moment the client may know that it is
 * connected: what is said from then on must reach it, and of all it hears nothing is left out.
 * Resolves with what was said, and what of it was heard.
 */
async function race(
  talker: Talker,
  before: number,
  pause: number,
  arrive: (onArrived: () => void) => Promise<Speaker>,
): Promise<Record<'said' | 'heard', readonly number[]>> {
  const state = { isOver: false };
  let saidBefore = Infinity;
  const talking = (async () => {
    for (let n = 0; n < before && !state.isOver; n++) {
      void talker.talk();
      await turns(pause);
    }
  })();
  const speaker = await arrive(() => {
    saidBefore = talker.count;
    for (let n = 0; n < AFTERWARDS; n++) void talker.talk();
  });
  state.isOver = true;
  await talking;
  const said = await talker.finished();
  await speaker.hearsMessage(said.at(-1) ?? 0);
  await speaker.settled();
  const heard = speaker.messages.map(({ id }) => id);
  expect(heard).toEqual(said.slice(-heard.length));
  expect(heard.length).toBeGreaterThanOrEqual(said.length - saidBefore);
  expect(said.length - saidBefore).toBeGreaterThanOrEqual(AFTERWARDS);
  speaker.close();
  return { said, heard };
}

/** How much is said while the other arrives, and how fast: from everything at once to hardly. */
const pace = () => [integerIn(random, 0, 60), integerIn(random, 0, 6)] as const;

describe.each(IN_ROOM)('nothing is missed once %s', (_, arrive) => {
  it('in a conversation that nobody else reads', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const [alice, bob] = [someone('alice'), someone('bob')];
      const id = await app.conversation([alice, bob]);
      const talker = new Talker(await app.connect(alice), id);
      await race(talker, ...pace(), (onArrived) =>
        arrive({ app, user: bob, place: id, onArrived }),
      );
    }
  });

  it('in a conversation that others read in all dialects', async () => {
    const [alice, carol] = [someone('alice'), someone('carol')];
    const slug = `crowded-${carol.id}`;
    const id = await app.conversation([alice, carol], { type: 'public', slug });
    await everywhere(app, carol, id);
    for (let round = 0; round < ROUNDS; round++) {
      const bob = someone('bob');
      await (await app.as(bob)).put(`/conversations/${id}/participants/${bob.id}`);
      const talker = new Talker(await app.connect(alice), id);
      await race(talker, ...pace(), (onArrived) =>
        arrive({ app, user: bob, place: slug, onArrived }),
      );
    }
  });

  it('in a conversation whose reader comes and goes', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob]);
    const client = await app.connect(alice);
    for (let round = 0; round < ROUNDS; round++) {
      const talker = new Talker(client, id);
      await race(talker, ...pace(), (onArrived) =>
        arrive({ app, user: bob, place: id, onArrived }),
      );
    }
  });
});

describe.each(IN_BEGUN_DIRECT)('no direct message is missed once %s', (_, arrive) => {
  it('of a conversation that others read', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    await (await app.as(bob)).get('/users/me');
    const place = `private_${alice.id}_${bob.id}`;
    const client = await app.connect(alice);
    await client.send(place, 'first of all');
    await client.join(place);
    for (let round = 0; round < ROUNDS; round++) {
      const talker = new Talker(client, place);
      await race(talker, ...pace(), (onArrived) => arrive({ app, user: bob, place, onArrived }));
    }
  });
});

describe.each(IN_DIRECT)('no direct message is missed once %s', (_, arrive) => {
  it('not even the first of a conversation that comes to be meanwhile', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const [alice, bob] = [someone('alice'), someone('bob')];
      await (await app.as(bob)).get('/users/me');
      const place = `private_${alice.id}_${bob.id}`;
      const talker = new Talker(await app.connect(alice), place);
      await race(talker, ...pace(), (onArrived) => arrive({ app, user: bob, place, onArrived }));
    }
  });
});

describe('who comes back to live, and says what it has seen last', () => {
  it('hears all that was said since, and goes on', async () => {
    const [alice, bob] = [someone('alice'), someone('bob')];
    const id = await app.conversation([alice, bob]);
    const client = await app.connect(alice);
    let last = messageIn(await client.send(id, 'first of all')).id;
    for (let round = 0; round < ROUNDS; round++) {
      const talker = new Talker(client, id);
      await talker.talk();
      const { said, heard } = await race(talker, ...pace(), (onArrived) =>
        arriveInLive({ app, user: bob, place: id, onArrived }, last),
      );
      expect(heard).toEqual(said);
      last = said.at(-1) ?? 0;
    }
  });
});
