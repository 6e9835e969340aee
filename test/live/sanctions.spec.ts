import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { range } from '../support/chat-shapes.js';
import { everywhere, speaking } from '../support/speakers.js';
import { aFrame, type Json } from '../support/veza-shapes.js';
import {
  ALMOST_AN_HOUR,
  intoLive,
  reads,
  refusalsOf,
  sends,
  typing,
  wordedAs,
} from './support/refusals.js';
import { commotion, listenTo, PLACES, sanction, sceneIn, settle } from './support/sanctioning.js';

const HOUR = 60;
const MINUTE_MS = 60_000;

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

describe.each(PLACES)('a ban in a %s', (place) => {
  it('ends reception in every dialect before the moderator hears of it', async () => {
    const { id, admin, writers, target, targets } = await sceneIn(app, place);
    const socket = await app.live(target, `room/${id}`);
    for (const writer of writers) for (const n of range(1, 20)) writer.shout(id, `no. ${n}`);
    await sanction(admin, 'ban', target);
    const heard = await listenTo(targets);
    const last = await commotion(id, writers);
    expect(await socket.closed()).toEqual({ code: 4003, reason: 'forbidden' });
    for (const writer of writers) await writer.hearsMessage(last);
    expect(await heard()).toEqual([]);
  });

  it('is the last thing that its target hears of it', async () => {
    const { admin, target, targets } = await sceneIn(app, place);
    await sanction(admin, 'ban', target);
    await settle(targets);
    // The notification is for whoever is not there, as the target is not any more.
    const isOfThere = (heard: Readonly<Json>) => heard.event !== 'notification';
    const last = (name: 'chat' | 'live') =>
      speaking(name, targets).log.filter(isOfThere).at(-1)?.event;
    expect([last('chat'), last('live')]).toEqual(['moderation:action', 'moderation_action']);
  });

  it.each([
    ['for ever', 0, undefined],
    ['for an hour', HOUR, ALMOST_AN_HOUR],
  ])('refuses all that its target tries, %s', async (_, minutes, wait) => {
    const scene = await sceneIn(app, place);
    await sanction(scene.admin, 'ban', scene.target, minutes);
    const [say, read] = [await sends(app, scene), await reads(app, scene)];
    const refusals = await refusalsOf(say, read, typing(scene), intoLive(scene));
    expect(refusals).toEqual(wordedAs(refusals, 'BANNED', wait));
  });

  it('holds for connections that are opened later: they are told nothing', async () => {
    const { id, admin, writers, target } = await sceneIn(app, place);
    await sanction(admin, 'ban', target);
    const heard = await listenTo(await everywhere(app, target, 'lobby'));
    await commotion(id, writers);
    expect(await heard()).toEqual([]);
    const { body } = await (await app.as(target)).get('/conversations');
    expect((body as { items: Json[] }).items.map((item) => item.id)).not.toContain(id);
  });

  it('is not got round by being added again', async () => {
    const { id, admin, writers, target, targets } = await sceneIn(app, place);
    const path = `/conversations/${id}/participants/${target.id}`;
    const rest = await app.as(admin.user);
    await sanction(admin, 'ban', target);
    await rest.delete(path);
    await rest.put(path);
    const heard = await listenTo(targets);
    await commotion(id, writers);
    expect(await heard()).toEqual([]);
  });

  it('ends when its time is over', async () => {
    const { id, admin, writers, target, targets } = await sceneIn(app, place);
    await sanction(admin, 'ban', target, HOUR);
    const expire = 'UPDATE sanctions SET expires_at = clock_timestamp() WHERE conversation_id = $1';
    await app.database.query(expire, [id]);
    for (const speaker of targets) {
      await speaker.join(id);
      await speaker.say(id, 'I am back');
    }
    const last = await commotion(id, writers);
    for (const speaker of targets) await speaker.hearsMessage(last);
  });
});

describe('what is told of a sanction', () => {
  const IN_VEZA = { mute: 'user_muted', ban: 'user_banned' } as const;

  it.each([
    [0, 'permanent'],
    [60, '1h'],
    [24 * 60, '24h'],
    [7 * 24 * 60, '7d'],
    [1, '1m'],
    [61, '61m'],
  ])('of %i minutes, to everyone there: in veza `%s`', async (minutes, duration) => {
    const { id, admin, writers, target, targets } = await sceneIn(app, 'public conversation');
    // The target hears of it where it joined nothing, too.
    const elsewhere = [await app.connect(target), await app.veza(target)] as const;
    for (const kind of ['mute', 'ban'] as const) {
      const { wire } = await sanction(admin, kind, target, minutes);
      const { timestamp } = wire.data as { timestamp: string };
      const end = minutes && new Date(Date.parse(timestamp) + minutes * MINUTE_MS).toISOString();
      expect(wire.data).toEqual({
        ...{ action: kind, target_user_id: target.id, moderator_user_id: admin.user.id },
        ...{ duration_minutes: minutes, timestamp },
      });
      const inChat = {
        ...{ action: kind, conversationId: id, userId: target.id, moderatorId: admin.user.id },
        ...{ reason: null, expiresAt: end || null },
      };
      const inVeza = (room: number | string) => ({
        ...{ action: IN_VEZA[kind], user_id: String(target.id), username: target.name },
        ...{ reason: 'sanctioned_by_moderator', duration, room_id: room },
        moderator_id: String(admin.user.id),
      });
      for (const speakers of [writers, targets]) {
        const chat = speaking('chat', speakers);
        const isIt = (heard: { wire: Json }) => heard.wire.action === kind;
        expect((await chat.hears('other', isIt)).wire).toEqual(inChat);
        const veza = speaking('veza', speakers);
        const isIts = (heard: { wire: Json }) => (heard.wire.data as Json).action === IN_VEZA[kind];
        const frame = aFrame('moderation_action', inVeza(id));
        expect((await veza.hears('deletion', isIts)).wire).toEqual(frame);
      }
      expect(await elsewhere[0].next('moderation:action')).toEqual(inChat);
      expect(await elsewhere[1].next('moderation_action')).toEqual(inVeza(`room_${id}`));
    }
  });
});
