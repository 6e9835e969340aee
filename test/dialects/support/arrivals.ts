import type { TestApp } from '../../support/app.js';
import type { FrameClient } from '../../support/frame-client.js';
import { LiveSpeaker } from '../../support/live-speaker.js';
import { RootSpeaker } from '../../support/root-speaker.js';
import { SalonSpeaker } from '../../support/salon-speaker.js';
import type { Speaker } from '../../support/speaker.js';
import { tokenFor, type TestUser } from '../../support/tokens.js';
import { VezaSpeaker } from '../../support/veza-speaker.js';

interface Visit {
  readonly app: TestApp;
  readonly user: TestUser;
  /** Where messages are waited for. */
  readonly place: number | string;
  /** Called the moment the client may know that it is connected. */
  readonly onArrived: () => void;
}

type Arrive = (visit: Visit) => Promise<Speaker>;

/** What a client asks for at once, without waiting for anything but an open socket. */
interface Question {
  readonly asks: readonly (readonly [type: string, data: unknown])[];
  /** The frame by which it knows. */
  readonly answer: string;
}

async function ask(
  client: FrameClient,
  { asks, answer }: Question,
  onArrived: () => void,
): Promise<void> {
  client.socket.on('message', function listen(data) {
    const { type } = JSON.parse((data as Buffer).toString()) as { type: string };
    if (type !== answer) return;
    client.socket.off('message', listen);
    onArrived();
  });
  await client.opened();
  for (const [type, data] of asks) client.send(type, data);
}

async function arriveInRoot({ app, user, onArrived }: Visit): Promise<Speaker> {
  const client = app.dial(await tokenFor(user), { namespace: '/' });
  client.socket.once('connect', onArrived);
  const speaker = new RootSpeaker(user, client);
  await client.connected();
  return speaker;
}

async function arriveInSalon(
  { app, user, onArrived }: Visit,
  question: Question,
  query = '',
): Promise<Speaker> {
  const client = app.dialRaw(`/ws/chat?token=${await tokenFor(user)}${query}`);
  await ask(client, question, onArrived);
  const speaker = new SalonSpeaker(user, client);
  await client.next(question.answer);
  return speaker;
}

async function arriveInVeza(
  { app, user, onArrived }: Visit,
  question: Question,
  { isSigningIn = false } = {},
): Promise<Speaker> {
  const token = await tokenFor(user);
  const client = app.dialRaw(isSigningIn ? '/ws' : `/ws?token=${token}`);
  const signIn = isSigningIn ? [['auth', { token }] as const] : [];
  await ask(client, { ...question, asks: [...signIn, ...question.asks] }, onArrived);
  const speaker = new VezaSpeaker(user, client);
  await client.next(question.answer);
  return speaker;
}

/** `last`: a message it has seen, where it comes back. */
export async function arriveInLive(
  { app, user, place, onArrived }: Visit,
  last?: number,
): Promise<Speaker> {
  const token = await tokenFor(user);
  const speaker = new LiveSpeaker(user, (room, query) => {
    const parameters = new URLSearchParams({ token, ...query });
    const client = app.dialRaw(`/chat/ws/room/${room}?${String(parameters)}`);
    client.socket.once('message', onArrived);
    return client;
  });
  await speaker.join(place, last);
  return speaker;
}

const pinging: Question = { asks: [['ping', {}]], answer: 'pong' };
const joining = ({ place: room }: Visit): Question => ({
  ...{ asks: [['join_room', { room }]], answer: 'join_room_ack' },
});
const entering = ({ place: room_id }: Visit): Question => ({
  ...{ asks: [['join_room', { room_id }]], answer: 'room_joined' },
});
const welcomed: Question = { asks: [], answer: 'auth_success' };

/** How clients learn that from now on they hear what is said in a room. */
export const IN_ROOM: readonly (readonly [string, Arrive])[] = [
  ['root knows `connect`', arriveInRoot],
  ['salon knows `join_room_ack`', (visit) => arriveInSalon(visit, joining(visit))],
  [
    'salon with batches knows `join_room_ack`',
    (visit) => arriveInSalon(visit, joining(visit), '&batch=1'),
  ],
  ['veza knows `room_joined`', (visit) => arriveInVeza(visit, entering(visit))],
  [
    'veza, signing in with its first frame, knows `room_joined`',
    (visit) => arriveInVeza(visit, entering(visit), { isSigningIn: true }),
  ],
  ['live knows `room_joined`', arriveInLive],
];

/** How they learn it of direct messages, whether there have been any or not. */
export const IN_DIRECT: readonly (readonly [string, Arrive])[] = [
  ['root knows `connect`', arriveInRoot],
  ['salon knows its first `pong`', (visit) => arriveInSalon(visit, pinging)],
  ['veza knows `auth_success`', (visit) => arriveInVeza(visit, welcomed)],
  [
    'veza, signing in with its first frame, knows `auth_success`',
    (visit) => arriveInVeza(visit, welcomed, { isSigningIn: true }),
  ],
];

/** How they learn it where the conversation is there before they come. */
export const IN_BEGUN_DIRECT: typeof IN_DIRECT = [
  ...IN_DIRECT,
  ['live knows `room_joined`', arriveInLive],
];
