import fc from 'fast-check';
import { HOSTILE, payloadsOf, type Fields, type JsonText } from './payloads.js';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema?: Schema }>> };
}

/** As much of `/docs/openapi.json` as says what may be asked. */
export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

export interface RestCase {
  readonly method: string;
  readonly path: string;
  readonly type: string;
  readonly body: JsonText | null;
}

/** As they stand in a URL. Of users only such as are nobody: some may do to themselves what ends them. */
const SEGMENTS = [
  ...['1', '2', '999999999', '0', '-1', '1.5', '1e3', '9'.repeat(40), 'lobby', 'nobody', 'room_1'],
  ...['private_1_2', '__proto__', 'constructor', '%00', '%F0%9F%91%8D', '%ED%A0%80', '%ZZ', '%'],
  ...['..%2F..%2Fetc', "'%20OR%201=1--", '%3Cscript%3E', 'x'.repeat(300), '%20', 'null', '%2e'],
  '00000000-0000-4000-8000-000000000000',
];
const TYPES = ['application/json', 'text/plain', 'application/json; charset=utf-8', 'x', ''];

const segment = fc.constantFrom(...SEGMENTS);

function sound(schema: Schema, document: Document): fc.Arbitrary<unknown> {
  const { type, enum: values, items, properties } = resolved(schema, document);
  if (values) return fc.constantFrom(...values);
  if (type === 'boolean') return fc.boolean();
  if (type === 'number' || type === 'integer') return fc.integer({ min: -2, max: 200 });
  if (type === 'array') return fc.array(sound(items ?? {}, document), { maxLength: 3 });
  if (properties) return fc.record(fieldsOf({ properties }, document), { requiredKeys: [] });
  return fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('hello', '1', 'https://x.example'));
}

const resolved = (schema: Schema, { components }: Document): Schema =>
  schema.$ref === undefined
    ? schema
    : (components?.schemas?.[schema.$ref.split('/').at(-1) ?? ''] ?? {});

const fieldsOf = (schema: Schema, document: Document): Fields =>
  Object.fromEntries(
    Object.entries(resolved(schema, document).properties ?? {}).map(([name, property]) => [
      name,
      sound(property, document),
    ]),
  );

function bodies({ requestBody }: Operation, document: Document): fc.Arbitrary<JsonText | null> {
  const [content] = Object.values(requestBody?.content ?? {});
  const fields = fieldsOf(content?.schema ?? {}, document);
  return fc.option(fc.oneof(payloadsOf(fields), fc.constantFrom(...HOSTILE, '{', 'x')), {
    freq: 6,
  });
}

/** Requests to one route: as documented, and as anybody might write them. */
function casesOf(path: string, method: string, operation: Operation, document: Document) {
  const { parameters = [] } = operation;
  const names = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
  const name = fc.constantFrom('x', '__proto__', 'a[b]', ...names);
  const query = fc.array(fc.tuple(name, segment), { maxLength: 3 });
  const holes = path.split('{').length - 1;
  const filling = fc.array(segment, { minLength: holes, maxLength: holes });
  return fc.record({
    method: fc.oneof(
      { weight: 8, arbitrary: fc.constant(method.toUpperCase()) },
      {
        weight: 1,
        arbitrary: fc.constantFrom('PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'PROPFIND'),
      },
    ),
    path: fc.tuple(filling, query).map(([segments, pairs]) => {
      const rest = [...segments];
      const filled = path.replace(/\{\w+\}/g, () => rest.shift() ?? '');
      return `${filled}?${pairs.map((pair) => pair.join('=')).join('&')}`;
    }),
    type: fc.oneof(
      { weight: 6, arbitrary: fc.constant('application/json') },
      fc.constantFrom(...TYPES),
    ),
    body: bodies(operation, document),
  });
}

/** Name and generator of each route. */
export const routesOf = (document: Document): [string, fc.Arbitrary<RestCase>][] =>
  Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]): [string, fc.Arbitrary<RestCase>] => [
      `${method.toUpperCase()} ${path}`,
      casesOf(path, method, operation, document),
    ]),
  );
