import { In, type DataSource, type Repository } from 'typeorm';
import type { UserId } from '../../core/model/identity.js';
import type { User } from '../../core/model/user.js';
import { UserStore, type Sighting, type UserFacts } from '../../core/ports/user-store.js';
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

  async recordLastSeen(sightings: readonly Sighting[]): Promise<void> {
    await this.users.query(
      `UPDATE users u SET last_seen_at = greatest(u.last_seen_at, s.at)
       FROM (
         SELECT id, max(at) AS at FROM unnest($1::text[], $2::timestamptz[]) AS t (id, at) GROUP BY id
       ) s
       WHERE u.id = s.id`,
      [sightings.map(({ userId }) => userId), sightings.map(({ at }) => at)],
    );
  }

  async unknownAmong(ids: readonly UserId[]): Promise<readonly UserId[]> {
    const known = await this.users.find({ select: { id: true }, where: { id: In([...ids]) } });
    const knownIds = new Set(known.map(({ id }) => id));
    return ids.filter((id) => !knownIds.has(id));
  }
}
