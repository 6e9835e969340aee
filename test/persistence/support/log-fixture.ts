import { DataSource } from 'typeorm';
import type { ConversationId } from '../../../src/core/model/conversation.js';
import type { MessageDraft } from '../../../src/core/model/message.js';
import type { NewConversation } from '../../../src/core/ports/conversation-store.js';
import { dataSourceOptions } from '../../../src/persistence/data-source.js';
import { migrate } from '../../../src/persistence/migrate.js';
import { PostgresMessageLog } from '../../../src/persistence/postgres-message-log.js';
import { TypeOrmConversationStore } from '../../../src/persistence/stores/typeorm-conversation.store.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';

/** One node's share of the service: a pool and a log of its own, on the common database. */
export interface Node {
  readonly dataSource: DataSource;
  readonly log: PostgresMessageLog;
  readonly conversations: TypeOrmConversationStore;
}

export interface LogFixture {
  readonly database: TestDatabase;
  /** Two of them, as two processes would be. */
  readonly nodes: readonly [Node, Node];
  /** A conversation of these users, the first being its owner. */
  conversation(userIds: readonly string[]): Promise<ConversationId>;
  close(): Promise<void>;
}

async function startNode(url: string): Promise<Node> {
  const dataSource = await new DataSource(dataSourceOptions(url, 4)).initialize();
  await migrate(dataSource);
  return {
    dataSource,
    log: new PostgresMessageLog(dataSource, url),
    conversations: new TypeOrmConversationStore(dataSource),
  };
}

export async function startLog(): Promise<LogFixture> {
  const database = await createDatabase();
  const nodes = [await startNode(database.url), await startNode(database.url)] as const;
  return {
    database,
    nodes,
    conversation: async (userIds) => {
      const { id } = await nodes[0].conversations.create(newConversation(userIds));
      return id;
    },
    close: async () => {
      for (const { log, dataSource } of nodes) {
        await log.close();
        await dataSource.destroy();
      }
      await database.drop();
    },
  };
}

/** A private one of these users, the first being its owner. */
export const newConversation = ([
  createdBy = '1',
  ...participantIds
]: readonly string[]): NewConversation => ({
  type: 'private',
  title: null,
  slug: null,
  description: null,
  isPublic: false,
  keptUntil: null,
  allowAnonymous: false,
  maxParticipants: null,
  createdBy,
  participantIds,
});

export const draft = (
  conversationId: ConversationId,
  fields: Partial<MessageDraft> = {},
): MessageDraft => ({
  conversationId,
  senderId: '1',
  senderName: 'alice',
  type: 'text',
  content: 'hello',
  attachments: [],
  replyTo: null,
  mentions: [],
  clientMessageId: null,
  metadata: null,
  ...fields,
});
