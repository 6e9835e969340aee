import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { MessageLog } from '../../src/core/ports/message-log.js';
import { UploadStore } from '../../src/core/ports/upload-store.js';
import { TypeOrmUploadStore } from '../../src/persistence/stores/typeorm-upload.store.js';
import { draft } from '../persistence/support/log-fixture.js';
import { startApp, type TestApp } from '../support/app.js';
import { messageIn } from '../support/chat-shapes.js';
import type { TestUser } from '../support/tokens.js';
import { textFile } from './support/files.js';
import { pair, uploaded, type Uploaded } from './support/uploading.js';

const COUNT = 50;
const BAD = 25;
const UNKNOWN = '/uploads/00000000-0000-4000-8000-000000000000';

let app: TestApp;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());
afterEach(() => void vi.restoreAllMocks());

const ascending = (length: number) => Array.from({ length }, (_, index) => index + 1);

/** As if the upload had been given up between the look at it and the commit. */
function overlookMissingUploads(): void {
  vi.spyOn(TypeOrmUploadStore.prototype, 'missingAmong').mockResolvedValue([]);
}

async function scene(): Promise<{ alice: TestUser; id: number; good: Uploaded }> {
  const { alice, id } = await pair(app);
  return { alice, id, good: await uploaded(app, alice, id, textFile()) };
}

describe('fifty messages sent at once, one of them naming an upload that is gone:', () => {
  it('the one is refused, the others stand in the order they were sent in', async () => {
    const { alice, id, good } = await scene();
    const client = await app.connect(alice);
    overlookMissingUploads();
    const acks = await Promise.all(
      ascending(COUNT).map((n) => {
        const attachments = n === BAD ? [UNKNOWN] : n % 10 === 0 ? [good.url] : undefined;
        const payload = { conversationId: id, content: `This is ${n}`, attachments };
        return client.request('message:send', payload);
      }),
    );
    const [refused] = acks.splice(BAD - 1, 1);
    expect(refused?.error).toMatchObject({
      code: 'VALIDATION_FAILED',
      details: [{ field: 'attachments.0' }],
    });
    expect(acks.map((ack) => messageIn(ack).seq)).toEqual(ascending(COUNT - 1));
    const [row] = await app.database.query('SELECT links FROM uploads WHERE id = $1', [good.id]);
    expect(row).toEqual({ links: COUNT / 10 });
  });

  it('in one commit, too, no neighbour is lost, and nothing is held twice', async () => {
    const { alice, id, good } = await scene();
    const log = app.get(MessageLog);
    const results = await Promise.all(
      ascending(COUNT).map((n) => {
        const attachments = [n === BAD ? UNKNOWN : good.url];
        const content = `This is ${n}`;
        const senderId = String(alice.id);
        return log.append({ ...draft(id), senderId, content, attachments });
      }),
    );
    expect(results.splice(BAD - 1, 1)).toEqual([{ outcome: 'upload-not-found' }]);
    const seqs = results.map((result) => (result.outcome === 'appended' ? result.message.seq : 0));
    expect(seqs).toEqual(ascending(COUNT - 1));
    const [row] = await app.database.query('SELECT links FROM uploads WHERE id = $1', [good.id]);
    expect(row).toEqual({ links: COUNT - 1 });
  });
});

it('an upload that is given up while it is being named is either held or refused', async () => {
  const { alice, id } = await pair(app);
  const client = await app.connect(alice);
  const store = app.get(UploadStore);
  overlookMissingUploads();
  for (let round = 0; round < 20; round++) {
    const { id: uploadId, url } = await uploaded(app, alice, id, textFile());
    const [ack] = await Promise.all([
      client.request('message:send', { conversationId: id, content: 'x', attachments: [url] }),
      store.giveUp(uploadId),
    ]);
    const [row] = await app.database.query('SELECT state, links FROM uploads WHERE id = $1', [
      uploadId,
    ]);
    expect(row).toEqual(
      ack.success ? { state: 'ready', links: 1 } : { state: 'given-up', links: 0 },
    );
  }
});
