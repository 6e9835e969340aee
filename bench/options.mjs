import { parseArgs } from 'node:util';
import { targets, USUAL_TARGETS } from './targets.mjs';
import { workloads } from './workloads.mjs';

export const USAGE = `npm run bench -- [options]

  --rounds <n>         how often every target takes its turn (3)
  --seconds <n>        of saturation per turn (5)
  --steady <n>         seconds at the fixed rate per turn (3)
  --only <names>       targets, comma-separated: ${Object.keys(targets)} (${USUAL_TARGETS});
                       pair is two nodes, and needs redis-server
  --workload <names>   workloads, comma-separated: ${Object.keys(workloads)}
  --quick              one short round, about a minute in all
  --no-build           measure what is already in dist/
  --profile            write a CPU profile of the service to bench/.profile/
`;

/**
 * @param {string[]} args
 * @throws {Error} on an unknown option or a value out of range
 */
export function parseOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      steady: { type: 'string' },
      only: { type: 'string', default: USUAL_TARGETS.join() },
      workload: { type: 'string', default: Object.keys(workloads).join() },
      quick: { type: 'boolean', default: false },
      'no-build': { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const usual = values.quick
    ? { rounds: '1', seconds: '3', steady: '2' }
    : { rounds: '3', seconds: '5', steady: '3' };
  return {
    rounds: number('rounds', values.rounds ?? usual.rounds, 1, 50),
    seconds: {
      warmUp: values.quick ? 1 : 2,
      saturation: number('seconds', values.seconds ?? usual.seconds, 1, 120),
      steady: number('steady', values.steady ?? usual.steady, 1, 120),
    },
    targets: names('only', values.only, targets),
    workloads: names('workload', values.workload, workloads),
    isBuilding: !values['no-build'],
    isProfiling: values.profile,
    isHelp: values.help,
  };
}

function number(option, text, least, most) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new Error(`--${option} takes a whole number from ${least} to ${most}`);
  }
  return value;
}

/** In the table's order, whatever order they were asked for in. */
function names(option, text, known) {
  const asked = text.split(',');
  const unknown = asked.find((name) => !Object.hasOwn(known, name));
  if (unknown !== undefined) throw new Error(`--${option} knows ${Object.keys(known).join(', ')}`);
  return Object.keys(known).filter((name) => asked.includes(name));
}
