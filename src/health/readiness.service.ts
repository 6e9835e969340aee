import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

export type NodeState = 'starting' | 'ready' | 'draining';

const ANSWER_WITHIN_MS = 2_000;

/** Whether this node should be given work. */
@Injectable()
export class ReadinessService {
  state: NodeState = 'starting';
  private probe: Promise<boolean> | null = null;

  constructor(private readonly dataSource: DataSource) {}

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
