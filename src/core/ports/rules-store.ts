import type { UserId } from '../model/identity.js';
import type { ModerationRules, StoredRules } from '../model/rules.js';

export abstract class RulesStore {
  abstract read(): Promise<StoredRules>;
  /**
   * Null when they are no longer of that `version`; without one they are replaced anyhow. Stands
   * in the audit trail, with the version that came of it.
   */
  abstract replace(
    rules: ModerationRules,
    by: { readonly userId: UserId; readonly version: number | null },
  ): Promise<StoredRules | null>;
}
