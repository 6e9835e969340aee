import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { getMetadataStorage, validateSync } from 'class-validator';
import { ChatError } from '../core/core.errors.js';
import { problemOf } from '../validation/inspect.js';
import { validationFailed } from '../validation/violations.js';

interface Payload {
  new (): object;
  /** Brings another form that clients may send into the object that the rules are about. */
  fromWire?(value: unknown): unknown;
}

/**
 * Validates what arrives over a socket against the class of the handler's parameter. Unknown
 * fields are dropped, so that newer clients can talk to older servers. Fields are copied by the
 * names the class declares: no transformer walks the payload on the hot path.
 */
@Injectable()
export class PayloadPipe implements PipeTransform {
  private readonly fields = new Map<Payload, readonly string[]>();

  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if (type !== 'body' || !metatype) return value;
    // Socket.IO turns an absent payload into null; the rules say which fields are missing.
    const payload = this.copy(value ?? {}, metatype);
    const errors = validateSync(payload, { forbidUnknownValues: false });
    if (errors.length > 0) throw validationFailed(errors);
    return payload;
  }

  private copy(wire: unknown, metatype: Payload): object {
    const problem = problemOf(wire);
    if (problem) throw ChatError.invalid('payload', problem);
    const value = metatype.fromWire ? metatype.fromWire(wire) : wire;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw ChatError.invalid('payload', 'must be an object');
    }
    const payload = new metatype() as Record<string, unknown>;
    const source = value as Record<string, unknown>;
    for (const field of this.fieldsOf(metatype)) {
      // Null says what leaving out says: clients serialize undefined either way.
      const given = Object.hasOwn(source, field) ? source[field] : null;
      if (given !== null) payload[field] = given;
    }
    return payload;
  }

  private fieldsOf(metatype: Payload): readonly string[] {
    let fields = this.fields.get(metatype);
    if (!fields) {
      const rules = getMetadataStorage().getTargetValidationMetadatas(metatype, '', false, false);
      fields = [...new Set(rules.map(({ propertyName }) => propertyName))];
      this.fields.set(metatype, fields);
    }
    return fields;
  }
}
