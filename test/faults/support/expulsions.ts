import type { TestApp } from '../../support/app.js';
import { ChatSpeaker } from '../../support/chat-speaker.js';
import type { RestAnswer } from '../../support/rest-client.js';
import { RootSpeaker } from '../../support/root-speaker.js';
import type { HeardMessage, Speaker } from '../../support/speaker.js';
import {
  CHAT as CHAT_BY_POLLING,
  everywhere,
  LIVE,
  ROOT as ROOT_BY_POLLING,
  SALON,
  VEZA,
  type Dialect,
} from '../../support/speakers.js';
import { someone, type TestUser } from '../../support/tokens.js';

/** Without Socket.IO's way through polling, which a thousand connections would take. */
const AT_ONCE = { transports: ['websocket'] };
const CHAT: Dialect = {
  ...CHAT_BY_POLLING,
  connect: async (app, user) => new ChatSpeaker(user, await app.connect(user, AT_ONCE)),
};
const ROOT: Dialect = {
  ...ROOT_BY_POLLING,
  connect: async (app, user) => new RootSpeaker(user, await app.root(user, AT_ONCE)),
};
/** Those whose sockets are in many conversations at once: one of `live` is in one. */
const WIDE: readonly Dialect[] = [CHAT, ROOT, VEZA, SALON];
const ALL: readonly Dialect[] = [...WIDE, LIVE];

/** Who is there in all conversations of a batch: a moderator, writers, and witnesses. */
export interface Company {
  readonly app: TestApp;
  readonly alice: TestUser;
  readonly carol: TestUser;
  readonly moderator: TestUser;
  readonly writers: readonly Speaker[];
  readonly witnesses: readonly Speaker[];
}

export interface Round {
  readonly id: number;
  readonly victim: TestUser;
  /** The victim, in every dialect. */
  readonly readers: readonly Speaker[];
  readonly writers: readonly Speaker[];
}

const wideConnections = (app: TestApp, user: TestUser): Promise<Speaker[]> =>
  Promise.all(WIDE.map((dialect) => dialect.connect(app, user)));

export async function companyIn(app: TestApp): Promise<Company> {
  const [alice, carol] = [someone('alice'), someone('carol')];
  const moderator = someone('moderator', ['admin']);
  await (await app.as(moderator)).get('/users/me');
  const [writers, witnesses] = [
    await wideConnections(app, alice),
    await wideConnections(app, carol),
  ];
  return { app, alice, carol, moderator, writers, witnesses };
}

/** A conversation of its own, with a victim of its own. */
export async function roundIn({ app, ...company }: Company): Promise<Round> {
  const { alice, carol, moderator } = company;
  const victim = someone('victim');
  await (await app.as(victim)).get('/users/me');
  const participantIds = [carol, moderator, victim].map((user) => user.id);
  const rest = await app.as(alice);
  const created = await rest.post('/conversations', { type: 'public', participantIds });
  const { id } = created.body as { id: number };
  const live = await LIVE.connect(app, alice);
  const present = [...company.writers, ...company.witnesses, live];
  await Promise.all(present.map((speaker) => speaker.join(id)));
  const readers = await everywhere(app, victim, id, ALL);
  return { id, victim, readers, writers: [...company.writers, live] };
}

export const WAYS = ['ban', 'kick', 'removal', 'ban everywhere', 'kick everywhere'] as const;
export type Way = (typeof WAYS)[number];

export const closesConnections = (way: Way): boolean => way.endsWith('everywhere');

/** Puts the victim out in that way. */
export async function expel(
  { app, moderator }: Company,
  { id, victim }: Round,
  way: Way,
): Promise<RestAnswer> {
  const rest = await app.as(moderator);
  if (way === 'removal') return rest.delete(`/conversations/${id}/participants/${victim.id}`);
  const [action] = way.split(' ');
  const place = closesConnections(way) ? {} : { conversationId: id };
  return rest.post('/moderation/sanctions', { action, userId: victim.id, ...place });
}

/** What each witness heard in a conversation: its messages begin with the conversation's id. */
export const heardIn = ({ messages }: Speaker, id: number): readonly HeardMessage[] =>
  messages.filter(({ text }) => text.startsWith(`${id}:`));

/**
 * Ids of the messages that were announced after the others were told that the victim is out: all
 * sockets are written to in one order.
 */
export function announcedAfter({ witnesses }: Company, { id, victim }: Round): Set<unknown> {
  const chat = witnesses.find((speaker) => speaker instanceof ChatSpeaker);
  const log = chat?.log ?? [];
  const isTheEnd = ({ event, wire }: (typeof log)[number]) =>
    (event === 'moderation:action' || event === 'participant:left') &&
    wire.conversationId === id &&
    wire.userId === victim.id;
  const end = log.findIndex(isTheEnd);
  return new Set(end < 0 ? [] : log.slice(end).flatMap((heard) => heard.id ?? []));
}
