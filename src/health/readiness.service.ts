import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Nodes } from '../core/ports/nodes.js';
import type { RedisLink } from '../redis/redis-link.js';
import { REDIS } from '../redis/redis.module.js';

export type NodeState = 'starting' | 'ready' | 'draining';

const ANSWER_WITHIN_MS = 2_000;

/** Whether this node should be given work. */
@Injectable()
export class ReadinessService {
  state: NodeState = 'starting';
  private probe: Promise<boolean> | null = null;

  constructor(
    private readonly dataSource: DataSource,
    private readonly nodes: Nodes,
    @Inject(REDIS) private readonly redis: RedisLink | null,
  ) {}

  /** Whether this node knows what the others have done: it does nothing for anybody otherwise. */
  get isCurrent(): boolean {
    return this.nodes.isCurrent;
  }

  /** Null where there is no Redis to be there. */
  get isRedisUp(): boolean | null {
    return this.redis?.isUp ?? null;
  }

  /** Whether the database answers. Callers at the same time share one question. */
  isDatabaseUp(): Promise<boolean> {
    this.probe ??= this.askDatabase().finally(() => (this.probe = null));
    return this.probe;
  }

  private askDatabase(): Promise<boolean> {
    const timeout = new Promise<false>((resolve) => {
      setTimeout(() => resolve(false), ANSWER_WITHIN_MS).unref();
    });
    const answer = this.dataSource.query('SELECT 1').then(
      () => true,
      () => false,
    );
    return Promise.race([answer, timeout]);
  }
}
