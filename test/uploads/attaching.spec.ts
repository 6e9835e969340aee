import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { aFailure, messageIn } from '../support/chat-shapes.js';
import { anError, fieldsNamed, gatherSalon } from '../support/salon-shapes.js';
import { textFile } from './support/files.js';
import { download, invalid, pair, refusal, uploaded } from './support/uploading.js';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';
const WEB = 'https://example.org/a.png';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

const linksOf = async (id: string): Promise<unknown> => {
  const [row] = await app.database.query('SELECT links FROM uploads WHERE id = $1', [id]);
  return row?.links;
};

describe('a message that names an upload', () => {
  it.each(['id', 'url'] as const)('by its %s carries its url to everybody', async (field) => {
    const { alice, bob, id } = await pair(app);
    const upload = await uploaded(app, alice, id, textFile('for bob'));
    const [author, reader] = [await app.connect(alice), await app.connect(bob)];
    await reader.join(id);
    const attachments = [WEB, upload[field]];
    const sent = messageIn(await author.send(id, '', { type: 'file', attachments }));
    expect(sent.attachments).toEqual([WEB, upload.url]);
    const { message } = await reader.next('message:new');
    expect(message).toMatchObject({ attachments: [WEB, upload.url] });
    const [, url = ''] = (message as typeof sent).attachments;
    expect(await (await download(app, bob, url)).text()).toBe('for bob');
  });

  it('may be sent over REST', async () => {
    const { alice, id } = await pair(app);
    const upload = await uploaded(app, alice, id, textFile());
    const client = await app.as(alice);
    const message = { content: 'see', attachments: [upload.id] };
    const answer = await client.post(`/conversations/${id}/messages`, message);
    expect(answer).toMatchObject({
      status: 201,
      body: { message: { attachments: [upload.url] } },
    });
    expect(await linksOf(upload.id)).toBe(1);
  });

  it('may be sent as a media_url', async () => {
    const { id, slug: room, users, clients } = await gatherSalon(app, ['alice', 'bob']);
    const upload = await uploaded(app, users[0], room, textFile());
    const message = { room, message_type: 'file', content: 'see', media_url: upload.id };
    clients[0].send('room_message', message);
    const heard = await clients[1].next('room_message');
    expect(heard).toMatchObject({ media_url: upload.url });
    expect(await linksOf(upload.id)).toBe(1);
    expect(id).toBeGreaterThan(0);
  });

  it('may name it twice, and others may name it, too', async () => {
    const { alice, bob, id } = await pair(app);
    const { url, id: uploadId } = await uploaded(app, alice, id, textFile());
    await (await app.connect(alice)).send(id, 'twice', { attachments: [url, uploadId] });
    expect(await linksOf(uploadId)).toBe(1);
    await (await app.connect(bob)).send(id, 'again', { attachments: [url] });
    expect(await linksOf(uploadId)).toBe(2);
  });

  it('that is sent again by its client id counts once', async () => {
    const { alice, id } = await pair(app);
    const { url, id: uploadId } = await uploaded(app, alice, id, textFile());
    const client = await app.connect(alice);
    const fields = { attachments: [url], clientMessageId: 'once' };
    const first = messageIn(await client.send(id, 'see', fields));
    const second = messageIn(await client.send(id, 'see', fields));
    expect(second.id).toBe(first.id);
    expect(await linksOf(uploadId)).toBe(1);
  });
});

describe('a message is refused by the place of', () => {
  const cases: [string, () => Promise<{ place: string; url: string }>][] = [
    ['an upload that does not exist', () => Promise.resolve({ place: UNKNOWN, url: UNKNOWN })],
    [
      'an upload to another conversation of its author’s',
      async () => {
        const { alice, id } = await pair(app);
        const { id: place, url } = await uploaded(app, alice, id, textFile());
        return { place, url };
      },
    ],
  ];

  it.each(cases)('%s, in every protocol, and holds nothing', async (_, make) => {
    const { id, slug, users, clients } = await gatherSalon(app, ['alice', 'bob']);
    const [alice] = users;
    const own = await uploaded(app, alice, id, textFile());
    const { place, url } = await make();
    for (const bad of [place, url]) {
      const attachments = [own.url, WEB, bad];
      const ack = await (
        await app.connect(alice)
      ).request('message:send', { conversationId: id, content: 'x', attachments });
      const details = fieldsNamed('attachments.2');
      expect(ack).toEqual(aFailure('VALIDATION_FAILED', { details }));
      const body = { content: 'x', attachments };
      const answer = await (await app.as(alice)).post(`/conversations/${id}/messages`, body);
      expect(refusal(answer)).toEqual(invalid('attachments.2'));
      const message = { room: slug, content: 'x', message_type: 'file', media_url: bad };
      expect(await clients[0].request('room_message', message, 'error')).toEqual(
        anError('INVALID_FORMAT', expect.objectContaining({ fields: fieldsNamed('media_url') })),
      );
    }
    expect(await linksOf(own.id)).toBe(0);
    const history = await (await app.as(alice)).get(`/conversations/${id}/messages`);
    expect(history.body).toMatchObject({ items: [] });
  });

  it('an upload that is not there yet', async () => {
    const { alice, id } = await pair(app);
    const { id: uploadId, url } = await uploaded(app, alice, id, textFile());
    await app.database.query(`UPDATE uploads SET state = 'storing' WHERE id = $1`, [uploadId]);
    const body = { content: 'x', attachments: [url] };
    const answer = await (await app.as(alice)).post(`/conversations/${id}/messages`, body);
    expect(refusal(answer)).toEqual(invalid('attachments.0'));
  });
});
