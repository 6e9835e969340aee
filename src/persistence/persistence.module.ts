import {
  Global,
  Inject,
  Injectable,
  Module,
  type DynamicModule,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { AuditLog } from '../core/ports/audit-log.js';
import { BlockStore } from '../core/ports/block-store.js';
import { ConversationStore } from '../core/ports/conversation-store.js';
import { Journal } from '../core/ports/journal.js';
import { KeyStore } from '../core/ports/key-store.js';
import { MessageArchive } from '../core/ports/message-archive.js';
import { MessageLog } from '../core/ports/message-log.js';
import { MessageStore } from '../core/ports/message-store.js';
import { Nodes } from '../core/ports/nodes.js';
import { ParticipantStore } from '../core/ports/participant-store.js';
import { ReceiptStore } from '../core/ports/receipt-store.js';
import { ReportStore } from '../core/ports/report-store.js';
import { RevocationStore } from '../core/ports/revocation-store.js';
import { RoomLeaseStore } from '../core/ports/room-lease-store.js';
import { RulesStore } from '../core/ports/rules-store.js';
import { SanctionStore } from '../core/ports/sanction-store.js';
import { UploadStore } from '../core/ports/upload-store.js';
import { UserStore } from '../core/ports/user-store.js';
import { VideoStore } from '../core/ports/video-store.js';
import { dataSourceOptions } from './data-source.js';
import { reportingOutages } from './database-errors.js';
import { LoneJournal, LoneNode } from './lone-node.js';
import { migrateDatabase } from './migrate.js';
import { joinNodes, type Membership } from './nodes/nodes.js';
import { PostgresMessageLog } from './postgres-message-log.js';
import { TypeOrmAuditLog } from './stores/typeorm-audit.log.js';
import { TypeOrmBlockStore } from './stores/typeorm-block.store.js';
import { TypeOrmConversationStore } from './stores/typeorm-conversation.store.js';
import { TypeOrmKeyStore } from './stores/typeorm-key.store.js';
import { TypeOrmMessageArchive } from './stores/typeorm-message.archive.js';
import { TypeOrmMessageStore } from './stores/typeorm-message.store.js';
import { TypeOrmParticipantStore } from './stores/typeorm-participant.store.js';
import { TypeOrmReceiptStore } from './stores/typeorm-receipt.store.js';
import { TypeOrmReportStore } from './stores/typeorm-report.store.js';
import { TypeOrmRevocationStore } from './stores/typeorm-revocation.store.js';
import { TypeOrmRoomLeaseStore } from './stores/typeorm-room-lease.store.js';
import { TypeOrmRulesStore } from './stores/typeorm-rules.store.js';
import { TypeOrmSanctionStore } from './stores/typeorm-sanction.store.js';
import { TypeOrmUploadStore } from './stores/typeorm-upload.store.js';
import { TypeOrmUserStore } from './stores/typeorm-user.store.js';
import { TypeOrmVideoStore } from './stores/typeorm-video.store.js';

type Port = abstract new () => object;
type Store = new (dataSource: DataSource) => object;

const bind = (port: Port, store: Store) => ({
  provide: port,
  inject: [DataSource],
  useFactory: (dataSource: DataSource) => reportingOutages(new store(dataSource)),
});

const STORES = [
  bind(AuditLog, TypeOrmAuditLog),
  bind(BlockStore, TypeOrmBlockStore),
  bind(ConversationStore, TypeOrmConversationStore),
  bind(KeyStore, TypeOrmKeyStore),
  bind(MessageArchive, TypeOrmMessageArchive),
  bind(MessageStore, TypeOrmMessageStore),
  bind(ParticipantStore, TypeOrmParticipantStore),
  bind(ReceiptStore, TypeOrmReceiptStore),
  bind(ReportStore, TypeOrmReportStore),
  bind(RevocationStore, TypeOrmRevocationStore),
  {
    provide: RoomLeaseStore,
    inject: [DataSource, Nodes],
    useFactory: (dataSource: DataSource, { id }: Nodes) =>
      reportingOutages(new TypeOrmRoomLeaseStore(dataSource, id)),
  },
  bind(RulesStore, TypeOrmRulesStore),
  bind(SanctionStore, TypeOrmSanctionStore),
  bind(UploadStore, TypeOrmUploadStore),
  bind(UserStore, TypeOrmUserStore),
  bind(VideoStore, TypeOrmVideoStore),
];

const MEMBERSHIP = Symbol('MEMBERSHIP');

/** Takes leave of the other nodes, when nobody is left here to take leave of. */
@Injectable()
class MembershipCloser implements OnApplicationShutdown {
  constructor(@Inject(MEMBERSHIP) private readonly membership: Membership | null) {}

  async onApplicationShutdown(): Promise<void> {
    await this.membership?.close();
  }
}

/** Closes the log's own connection, after everything appended is answered. */
@Injectable()
class LogCloser implements OnApplicationShutdown {
  constructor(private readonly log: MessageLog) {}

  async onApplicationShutdown(): Promise<void> {
    if (this.log instanceof PostgresMessageLog) await this.log.close();
  }
}

@Global()
@Module({})
export class PersistenceModule {
  /** `isOfMany`: whether other nodes may serve from the same database. */
  static with(databaseUrl: string, poolSize: number, isOfMany: boolean): DynamicModule {
    return {
      module: PersistenceModule,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => ({ ...dataSourceOptions(databaseUrl, poolSize), retryAttempts: 0 }),
          dataSourceFactory: async (options) => {
            await migrateDatabase(databaseUrl);
            return new DataSource(options ?? dataSourceOptions(databaseUrl, poolSize)).initialize();
          },
        }),
      ],
      providers: [
        ...STORES,
        LogCloser,
        {
          provide: MEMBERSHIP,
          // After the migrations.
          inject: [DataSource],
          useFactory: () => (isOfMany ? joinNodes(databaseUrl) : null),
        },
        MembershipCloser,
        {
          provide: Nodes,
          inject: [MEMBERSHIP],
          useFactory: (membership: Membership | null) => membership?.nodes ?? new LoneNode(),
        },
        {
          provide: Journal,
          inject: [MEMBERSHIP],
          useFactory: (membership: Membership | null) => membership?.journal ?? new LoneJournal(),
        },
        {
          provide: MessageLog,
          inject: [DataSource],
          useFactory: (dataSource: DataSource) => new PostgresMessageLog(dataSource, databaseUrl),
        },
      ],
      exports: [MessageLog, Nodes, Journal, ...STORES.map(({ provide }) => provide)],
    };
  }
}
