import type { DataSource } from 'typeorm';
import { KeyStore, type KeyName } from '../../core/ports/key-store.js';
import { KeyEntity } from '../entities/index.js';

export class TypeOrmKeyStore extends KeyStore {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  async read(name: KeyName): Promise<Buffer> {
    const { value } = await this.dataSource.getRepository(KeyEntity).findOneByOrFail({ name });
    return value;
  }
}
