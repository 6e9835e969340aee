import { In, type DataSource, type Repository } from 'typeorm';
import type { UserId } from '../../core/model/identity.js';
import type { User } from '../../core/model/user.js';
import { UserStore, type UserFacts } from '../../core/ports/user-store.js';
import { UserEntity } from '../entities/index.js';

export class TypeOrmUserStore extends UserStore {
  private readonly users: Repository<UserEntity>;

  constructor(dataSource: DataSource) {
    super();
    this.users = dataSource.getRepository(UserEntity);
  }

  find(id: UserId): Promise<User | null> {
    return this.users.findOneBy({ id });
  }

  async save(id: UserId, { username, roles }: UserFacts): Promise<User> {
    await this.users.upsert({ id, username, ...(roles && { roles: [...roles] }) }, ['id']);
    return this.users.findOneByOrFail({ id });
  }

  async recordLastSeen(id: UserId, at: Date): Promise<void> {
    await this.users.update({ id }, { lastSeenAt: at });
  }

  async unknownAmong(ids: readonly UserId[]): Promise<readonly UserId[]> {
    const known = await this.users.find({ select: { id: true }, where: { id: In([...ids]) } });
    const knownIds = new Set(known.map(({ id }) => id));
    return ids.filter((id) => !knownIds.has(id));
  }
}
