import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ChatGateway } from '../../src/dialects/chat/chat.gateway.js';
import { LiveRoomGateway } from '../../src/dialects/live/live.gateway.js';
import { RootGateway } from '../../src/dialects/root/root.gateway.js';
import { SalonGateway } from '../../src/dialects/salon/salon.gateway.js';
import { VezaGateway } from '../../src/dialects/veza/veza.gateway.js';
import { ATTACKER, useScene } from '../hostile/support/scene.js';
import { restClient } from '../support/rest-client.js';
import { tokenFor } from '../support/tokens.js';
import { campaign, CAMPAIGN_MS } from './support/campaign.js';
import {
  chatEvents,
  liveFrames,
  rootEvents,
  salonFrames,
  vezaFrames,
  type World,
} from './support/events.js';
import { GRAMMARS, type DialectName, type Said } from './support/grammars.js';
import { HOSTILE, payloadsOf, type Fields } from './support/payloads.js';
import { handledEvents } from './support/handled-events.js';
import { sayAtOnce, sayOneByOne } from './support/talk.js';

const scene = useScene();
let world: World = { room: 1, foreign: 2, message: 1, foreignMessage: 2, token: '' };

type Events = Readonly<Record<string, Fields>>;

const EVENTS: Readonly<Record<DialectName, (world: World) => Events>> = {
  chat: (known) => chatEvents(known),
  root: (known) => rootEvents(known),
  veza: (known) => vezaFrames(known),
  salon: (known) => salonFrames(known),
  live: () => liveFrames(),
};

const GATEWAYS = {
  chat: ChatGateway,
  root: RootGateway,
  veza: VezaGateway,
  salon: SalonGateway,
  live: LiveRoomGateway,
};

beforeAll(async () => {
  const { service, names } = scene();
  const client = restClient(service.url, await tokenFor(ATTACKER));
  const path = `/conversations/${names.room ?? ''}/messages`;
  const { body } = await client.post(path, { content: 'the first' });
  world = {
    room: Number(names.room),
    foreign: Number(names.foreign),
    message: (body as { id: number }).id,
    foreignMessage: Number(names.foreignMessage),
    token: names.token ?? '',
  };
});

const saidOf = (event: string, fields: Fields): fc.Arbitrary<Said> =>
  payloadsOf(fields).map((payload) => ({ event, payload }));

/** Of several events; a name that nobody knows among them. Round trips are none of them. */
function sequences(events: Events): fc.Arbitrary<Said[]> {
  const named = Object.entries(events).filter(([event]) => event !== 'ping' && event !== 'auth');
  const unknown = fc.constantFrom('no_such_event', '__proto__', 'constructor');
  const one = fc.oneof(
    ...named.map(([event, fields]) => ({ weight: 3, arbitrary: saidOf(event, fields) })),
    fc.record({ event: unknown, payload: fc.constantFrom(...HOSTILE) }),
  );
  return fc.array(one, { minLength: 2, maxLength: 20 });
}

describe.each(Object.keys(GRAMMARS) as DialectName[])('whatever is said in %s', (dialect) => {
  const grammar = GRAMMARS[dialect];

  it('has a generator for each event that is handled', () => {
    const events = Object.keys(EVENTS[dialect](world)).sort();
    expect(events).toEqual(handledEvents(GATEWAYS[dialect]).sort());
  });

  it.each(Object.keys(EVENTS[dialect](world)))(
    '%s is answered in words of the catalogue',
    async (event) => {
      const fields = EVENTS[dialect](world)[event] ?? {};
      const several = fc.array(saidOf(event, fields), { minLength: 3, maxLength: 8 });
      await campaign(several, (said) => sayOneByOne(scene(), grammar, said));
    },
    CAMPAIGN_MS,
  );

  it(
    'all at once is answered, however many and in whichever order',
    async () => {
      const cases = fc.tuple(sequences(EVENTS[dialect](world)), fc.integer({ min: 0, max: 2 }));
      await campaign(cases, ([said, fate]) => sayAtOnce(scene(), grammar, said, fate === 0));
    },
    CAMPAIGN_MS,
  );
});

describe('after all of it', () => {
  it('nothing unexpected was logged, and nothing stayed', () => scene().leavesNothing());
});
