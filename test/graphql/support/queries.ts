import { range } from '../../support/chat-shapes.js';

type Json = Record<string, unknown>;
type Question = readonly [query: string, variables?: Json, operationName?: string];

interface Fault {
  readonly query: string;
  readonly variables?: Json;
  /** What graphql has to say of it, where it may. */
  readonly why: RegExp;
}

/** Stands in bad queries: where nothing is explained, no answer repeats it. */
export const MARKER = 'zx81marker';

/** Queries that are wrong before anything of them is carried out. */
export const FAULTS: readonly (readonly [what: string, fault: Fault])[] = [
  ['nothing', { query: '', why: /non-empty `query`/ }],
  ['cut off', { query: `{ chatRooms { ${MARKER}`, why: /^Syntax Error: Expected Name/ }],
  ['no GraphQL', { query: `SELECT '${MARKER}'`, why: /^Syntax Error/ }],
  ['NUL in it', { query: `{ chatRooms { id \0 } } # ${MARKER}`, why: /^Syntax Error/ }],
  [
    'a lone surrogate in a text of it',
    { query: `mutation { createChatRoom(name: "${MARKER}\\ud800") { id } }`, why: /Unicode/ },
  ],
  ['an unknown field', { query: '{ chatRooms { nam } }', why: /Did you mean "name"/ }],
  ['an unknown query', { query: '{ chatRoom { id } }', why: /Did you mean "chatRooms"/ }],
  [
    'an unknown argument',
    { query: '{ chatRooms(limits: 1) { id } }', why: /Did you mean "limit"/ },
  ],
  [
    'an unknown type',
    { query: 'query ($n: In) { chatRooms(limit: $n) { id } }', why: /Did you mean .*"Int"/ },
  ],
  ['an unknown directive', { query: `{ __typename @${MARKER} }`, why: /Unknown directive/ }],
  ['a missing argument', { query: 'mutation { createChatRoom { id } }', why: /"name".* required/ }],
  ['no fields', { query: '{ chatRooms }', why: /must have a selection/ }],
  ['an argument of another type', { query: '{ chatRooms(limit: "5") { id } }', why: /Int cannot/ }],
  ['null for an argument', { query: '{ chatRooms(limit: null) { id } }', why: /found null/ }],
  [
    'a variable of another type',
    {
      query: 'query ($limit: Int!) { chatRooms(limit: $limit) { id } }',
      variables: { limit: MARKER },
      why: /got invalid value/,
    },
  ],
  [
    'a variable left out',
    { query: 'query ($limit: Int!) { chatRooms(limit: $limit) { id } }', why: /was not provided/ },
  ],
  ['fragments in a circle', { query: '{ ...A } fragment A on Query { ...A }', why: /itself/ }],
  ['two operations and no word of which', { query: operations(2), why: /operation name/ }],
];

interface Limit {
  readonly most: Question;
  readonly tooMuch: readonly (readonly [what: string, ...question: Question])[];
  readonly why: RegExp;
}

/** `A0`, `A1` and so on, of five words each. */
function operations(count: number, last = '__typename'): string {
  const names = range(0, count - 1).map((n) => `A${n}`);
  return names
    .map((name, n) => `query ${name} { ${n === count - 1 ? last : '__typename'} }`)
    .join(' ');
}

const aliases = (count: number, name = 'chatRooms { id }') =>
  range(1, count)
    .map((n) => `r${n}: ${name}`)
    .join(' ');

/** What to ask of a type of the schema: to a depth of four and so many levels. */
const ofTypes = (levels: number) =>
  `fields { type { ${'ofType { '.repeat(levels)} name ${'} '.repeat(levels)} } }`;

export const LIMITS: readonly (readonly [what: string, limit: Limit])[] = [
  [
    '1,000 words',
    {
      most: [operations(200), {}, 'A0'],
      tooMuch: [
        ['1,001', operations(200, '__typename __typename'), {}, 'A0'],
        ['so many that nobody would parse them', '{ a '.repeat(50_000)],
      ],
      why: /1000 tokens/,
    },
  ],
  [
    'a depth of five',
    {
      most: [`{ __type(name: "ChatRoom") { ${ofTypes(1)} } }`],
      tooMuch: [
        ['six', `{ __type(name: "ChatRoom") { ${ofTypes(2)} } }`],
        [
          'six by a fragment',
          `{ __type(name: "ChatRoom") { ...F } } fragment F on __Type { ${ofTypes(2)} }`,
        ],
        ['six by one in place', `{ ... { __type(name: "ChatRoom") { ... { ${ofTypes(2)} } } } }`],
        [
          'six in the second operation',
          `query A { __typename } query B { __type(name: "ChatRoom") { ${ofTypes(2)} } }`,
          {},
          'A',
        ],
      ],
      why: /depth limit of 5/,
    },
  ],
  [
    'ten aliases',
    {
      most: [`{ ${aliases(10)} }`],
      tooMuch: [
        ['eleven', `{ ${aliases(11)} }`],
        ['eleven further down', `{ chatRooms { ${aliases(11, 'id')} } }`],
        ['eleven by a fragment', `{ ...F } fragment F on Query { ${aliases(11)} }`],
        [
          'eleven mutations',
          `mutation { ${aliases(11, `createChatRoom(name: "${MARKER}") { id }`)} }`,
        ],
      ],
      why: /Aliases limit of 10/,
    },
  ],
  [
    'a cost of 1,000',
    {
      // Two for the list, one and a half for each field of it.
      most: [`{ chatRooms { ${'id '.repeat(665)} } }`],
      tooMuch: [['1,001', `{ chatRooms { ${'id '.repeat(666)} } }`]],
      why: /Cost limit of 1000/,
    },
  ],
];
