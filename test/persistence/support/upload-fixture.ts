import { randomUUID } from 'node:crypto';
import type { ConversationId } from '../../../src/core/model/conversation.js';
import { uploadPath, type Upload, type UploadId } from '../../../src/core/model/upload.js';
import { TypeOrmMessageStore } from '../../../src/persistence/stores/typeorm-message.store.js';
import { TypeOrmUploadStore } from '../../../src/persistence/stores/typeorm-upload.store.js';
import { draft, startLog } from './log-fixture.js';

export const anUpload = (conversationId: ConversationId, fields: Partial<Upload> = {}): Upload => ({
  id: randomUUID(),
  conversationId,
  uploaderId: '1',
  name: 'picture.png',
  mimeType: 'image/png',
  size: 5_000_000_000,
  width: 640,
  height: 480,
  duration: null,
  hasThumbnail: true,
  createdAt: new Date('2026-01-02T03:04:05.678Z'),
  ...fields,
});

/** The upload store beside the message log: two nodes on one database, as in production. */
export async function startUploads() {
  const fixture = await startLog();
  const { database, nodes } = fixture;
  const [one, two] = nodes;
  const store = new TypeOrmUploadStore(one.dataSource);
  return {
    ...fixture,
    store,
    messages: new TypeOrmMessageStore(one.dataSource),
    /** A complete upload. */
    upload: async (conversationId: ConversationId, fields: Partial<Upload> = {}) => {
      const upload = anUpload(conversationId, fields);
      await store.reserve(upload);
      await store.complete(upload.id);
      return upload;
    },
    /** Sends a message that names these uploads, through the node whose turn it is. */
    send: (conversationId: ConversationId, ids: readonly UploadId[], node = two) =>
      node.log.append(draft(conversationId, { attachments: ids.map(uploadPath) })),
    /** `ready 2`: its state, and how many messages name it. */
    standing: async (id: UploadId) => {
      const [row] = await database.query('SELECT state, links FROM uploads WHERE id = $1', [id]);
      return row && `${String(row.state)} ${String(row.links)}`;
    },
  };
}

export type UploadFixture = Awaited<ReturnType<typeof startUploads>>;
