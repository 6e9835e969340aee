import fc from 'fast-check';

/** Text of JSON: most of what is hostile no encoder would write. */
export type JsonText = string;

const nested = (open: string, close: string, depth: number): JsonText =>
  open.repeat(depth) + close.repeat(depth);

export const HOSTILE: readonly JsonText[] = [
  ...['null', 'true', 'false', '0', '-0', '-1', '1.5', '1e999', '-1e999', '1e-400'],
  ...['2147483647', '2147483648', '9007199254740991', '9007199254740993', '1e300'],
  ...['""', '" "', '"0"', '"-1"', '"1e3"', '"room_1"', '"private_1_2"', '"msg_1"', '"null"'],
  ...['"\\u0000"', '"\\ud800"', '"\\udc00x"', '"\\u202e\\u200b"', '"\\ufeff"', '"\\r\\n"'],
  ...['"__proto__"', '"constructor"', '"toString"', `"'; DROP TABLE messages; --"`],
  ...['"../../etc/passwd"', '"javascript:alert(1)"', '"/uploads/../x"', '"<script>"', '"%00"'],
  ...['[]', '[null]', '[[]]', '[1,"a",{}]', '{}', '{"toString":1}', '{"0":1,"length":1}'],
  ...['{"__proto__":{"x":1}}', '{"constructor":{"prototype":{}}}', '{"_placeholder":true,"num":0}'],
  nested('[', ']', 20),
  nested('[', ']', 3_000),
  `${'{"x":'.repeat(20)}1${'}'.repeat(20)}`,
  JSON.stringify('x'.repeat(5_000)),
  JSON.stringify('👩‍👩‍👧'.repeat(300)),
  JSON.stringify('@x '.repeat(400)),
  `[${'1,'.repeat(300)}1]`,
];

/** Of each field of a payload, what might well stand there. */
export type Fields = Readonly<Record<string, fc.Arbitrary<unknown>>>;

type Entries = readonly (readonly [field: string, value: JsonText])[];
type Mutation = (entries: Entries) => Entries;

const objectOf = (entries: Entries): JsonText =>
  `{${entries.map(([field, value]) => `${JSON.stringify(field)}:${value}`).join(',')}}`;

const hostile = fc.constantFrom(...HOSTILE);

/** With all of its fields, or with some of them. */
const sound = (fields: Fields): fc.Arbitrary<Entries> =>
  fc.oneof(fc.record(fields), fc.record(fields, { requiredKeys: [] })).map((record) =>
    Object.entries(record)
      .filter(([, value]) => value !== undefined)
      .map(([field, value]) => [field, JSON.stringify(value)] as const),
  );

/** One field spoilt, left out, said twice, or one more that nobody knows. */
function mutation(fields: Fields): fc.Arbitrary<Mutation> {
  const field = fc.constantFrom('x', '__proto__', 'constructor', ...Object.keys(fields));
  return fc.oneof(
    fc
      .tuple(field, hostile)
      .map(([name, value]): Mutation => (entries) => [
        ...entries.filter(([other]) => other !== name),
        [name, value],
      ]),
    fc
      .tuple(field, fc.json())
      .map(([name, value]): Mutation => (entries) => [...entries, [name, value]]),
    field.map(
      (name): Mutation =>
        (entries) =>
          entries.filter(([other]) => other !== name),
    ),
  );
}

/** Payloads of an event with these fields: sound ones, nearly sound ones, and anything at all. */
export function payloadsOf(fields: Fields): fc.Arbitrary<JsonText> {
  const mutated = fc
    .tuple(sound(fields), fc.array(mutation(fields), { minLength: 1, maxLength: 3 }))
    .map(([entries, mutations]) =>
      objectOf(mutations.reduce((before, mutate) => mutate(before), entries)),
    );
  return fc.oneof(
    { weight: 2, arbitrary: sound(fields).map(objectOf) },
    { weight: 5, arbitrary: mutated },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: hostile },
  );
}
