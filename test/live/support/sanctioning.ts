import type { TestApp } from '../../support/app.js';
import { LiveSpeaker } from '../../support/live-speaker.js';
import type { Heard, Speaker } from '../../support/speaker.js';
import { DIALECTS, everywhere, LIVE, speaking } from '../../support/speakers.js';
import { someone, type TestUser } from '../../support/tokens.js';

/** A conversation with somebody to be sanctioned in it, who speaks every dialect at once. */
export interface Scene {
  readonly id: number;
  /** An administrator, who speaks `live`. */
  readonly admin: Speaker;
  /** Takes part, and speaks everything. */
  readonly writers: readonly Speaker[];
  readonly target: TestUser;
  readonly targets: readonly Speaker[];
}

export type Place = 'public conversation' | 'live room';
export const PLACES: readonly Place[] = ['public conversation', 'live room'];

let lastSlug = 0;

export async function sceneIn(app: TestApp, place: Place): Promise<Scene> {
  const [alice, bob] = [someone('alice'), someone('bob')];
  const administrator = someone('admin', ['admin']);
  const admin = await LIVE.connect(app, administrator);
  const slug = `sanctions-${++lastSlug}`;
  if (place === 'public conversation') {
    const fields = { type: 'public', slug };
    await app.conversation([alice, bob, administrator], fields);
  }
  const { room_id: id } = await admin.join(slug);
  const writers = await everywhere(app, alice, Number(id));
  const targets = await everywhere(app, bob, Number(id));
  // By speaking it enters live rooms: this dialect has no other way in.
  for (const speakers of [writers, targets]) await speaking('root', speakers).say(Number(id), 'hi');
  return { id: Number(id), admin, writers, target: bob, targets };
}

/** Resolves once the moderator hears of it, with the `data` of that. */
export async function sanction(
  admin: Speaker,
  action: 'ban' | 'mute',
  target: TestUser,
  minutes = 0,
): Promise<Heard> {
  const before = admin.log.length;
  const duration = { duration_minutes: minutes };
  admin.emit('moderation_action', { action, target_user_id: target.id, ...duration });
  const isNew = (heard: Heard) =>
    heard.event === 'moderation_action' && admin.log.indexOf(heard) >= before;
  return admin.hears('other', isNew);
}

/** Sets out to join; resolves when that is done, or refused. */
export async function tryToJoin(speaker: Speaker, id: number): Promise<void> {
  if (speaker instanceof LiveSpeaker) await speaker.join(id).catch(() => undefined);
  else if (speaker.dialect === 'chat') speaker.emit('conversation:join', { conversationId: id });
  else speaker.emit('join_room', { room_id: id, room: id });
  await speaker.settled();
}

export const settle = (speakers: readonly Speaker[]): Promise<unknown> =>
  Promise.all(speakers.map((speaker) => speaker.settled()));

/** What each hears from now on: a round trip has passed all that was sent before. */
export async function listenTo(speakers: readonly Speaker[]) {
  await settle(speakers);
  const before = speakers.map(({ log }) => log.length);
  return async (): Promise<readonly Heard[]> => {
    await settle(speakers);
    return speakers.flatMap(({ log }, n) => log.slice(before[n]));
  };
}

/** Everything that can happen in a conversation, in every dialect; returns the last message's id. */
export async function commotion(id: number, writers: readonly Speaker[]): Promise<number> {
  let last = 0;
  for (const writer of writers) {
    const says = DIALECTS.find(({ name }) => name === writer.dialect)?.says;
    if (says?.has('typing')) await writer.type(id, true);
    ({ id: last } = await writer.say(id, 'is @bob here?'));
    if (says?.has('reaction')) await writer.react(id, last, '👍');
  }
  return last;
}
