import { Global, Module } from '@nestjs/common';
import { RuleCompiler } from '../core/ports/rule-compiler.js';
import { InMemoryRuleCompiler } from './in-memory-rule-compiler.js';

@Global()
@Module({
  providers: [{ provide: RuleCompiler, useClass: InMemoryRuleCompiler }],
  exports: [RuleCompiler],
})
export class ModerationModule {}
