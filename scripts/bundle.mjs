// Puts the built service, and what it loads at every start, into few files in dist/service. Node
// opened 3,200 files at each start, and that was most of it: see docs/decisions/0019.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Left where they are. */
const external = [
  // Other packages load these by name, and a process must have one of each.
  /^(class-transformer|class-validator|pg|reflect-metadata|typeorm)(\/|$)/,
  // They read files of their own folders.
  /^(ioredis|pino|socket\.io)$/,
  // Has a native part.
  'sharp',
  // Large, and loaded only where uploads go to a bucket.
  /^@aws-sdk\//,
];

/** Outside comments: where it is, which is elsewhere now. */
const NAMES_ITS_PLACE =
  /^(?!\s*(?:\*|\/\/)).*(?:\b__(?:dir|file)name\b|new URL\(.*import\.meta\.url).*$/m;

/** Fails before anything is written where code would look for its files in the wrong place. */
const placeCheck = {
  name: 'place-check',
  generateBundle(_options, files) {
    for (const { fileName, code = '' } of Object.values(files)) {
      const [line] = NAMES_ITS_PLACE.exec(code) ?? [];
      if (line) this.error(`What was bundled goes by its own place, in ${fileName}: ${line}`);
    }
  },
};

const bundle = await rolldown({
  input: ['main', 'worker'].map((name) => join(root, `dist/src/${name}.js`)),
  platform: 'node',
  external,
  plugins: [placeCheck],
  onLog: (level, log, handle) => {
    // Libraries try packages that need not be there, and handle that themselves.
    if (log.code !== 'UNRESOLVED_IMPORT') handle(level, log);
  },
});
// Names of classes are read: by TypeORM, GraphQL and OpenAPI, and by whoever reads the log.
await bundle.write({ dir: join(root, 'dist/service'), format: 'esm', keepNames: true });
await bundle.close();
