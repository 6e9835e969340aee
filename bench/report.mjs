/**
 * @typedef {object} Turn what one target did in one round of one workload
 * @property {import('./workloads.mjs').Workload} workload
 * @property {string} target
 * @property {number} round
 * @property {Interval} saturation
 * @property {Interval} steady
 * @property {string[]} problems
 *
 * @typedef {object} Interval
 * @property {number} seconds
 * @property {number} sends acked
 * @property {number} deliveries
 * @property {{ p50: number, p99: number }} ackMs
 * @property {{ p50: number, p99: number }} deliveryMs
 * @property {number | null} serverCpuMicros
 * @property {number | null} postgresCpuMicros
 * @property {number | null} redisCpuMicros
 * @property {number} generatorCpuMicros
 * @property {number | null} machineCpuMicros of all processes, ours included
 */

const BASELINES = ['bare', 'pair', 'typical'];

/**
 * One Markdown table per workload: medians over the rounds, and the medians of each round's ratios.
 *
 * @param {Turn[]} turns
 */
export function report(turns) {
  const workloads = [...new Set(turns.map(({ workload }) => workload.name))];
  const tables = workloads.map((name) =>
    table(turns.filter((turn) => turn.workload.name === name)),
  );
  return `\n${tables.join('\n\n')}\n`;
}

/** @param {Turn[]} turns of one workload */
function table(turns) {
  const [{ workload }] = turns;
  const targets = [...new Set(turns.map(({ target }) => target))];
  const baselines = targets.includes('causerie')
    ? BASELINES.filter((name) => targets.includes(name))
    : [];
  const head = [workload.name, ...targets, ...baselines.map((name) => `causerie ÷ ${name}`)];
  const lines = rowsOf(workload).map(({ title, figures, isCompared }) => [
    title,
    ...targets.map((target) => medians(turns, target, figures)),
    ...baselines.map((name) => (isCompared ? ratio(turns, name, figures[0]) : '')),
  ]);
  return [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** @returns {{ title: string, figures: ((turn: Turn) => number | null)[], isCompared?: boolean }[]} */
function rowsOf({ steadyRate }) {
  return [
    {
      title: 'sends per second',
      figures: [({ saturation: s }) => s.sends / s.seconds],
      isCompared: true,
    },
    {
      title: 'deliveries per second',
      figures: [({ saturation: s }) => s.deliveries / s.seconds],
      isCompared: true,
    },
    {
      title: 'server CPU, µs per delivery',
      figures: [({ saturation: s }) => per(s.serverCpuMicros, s.deliveries)],
      isCompared: true,
    },
    {
      title: 'server CPU, µs per send',
      figures: [({ saturation: s }) => per(s.serverCpuMicros, s.sends)],
      isCompared: true,
    },
    {
      title: 'PostgreSQL CPU, µs per send',
      figures: [({ saturation: s }) => per(s.postgresCpuMicros, s.sends)],
    },
    {
      title: 'Redis CPU, µs per send',
      figures: [({ saturation: s }) => per(s.redisCpuMicros, s.sends)],
    },
    {
      title: `server CPU at ${steadyRate} sends/s, µs per send`,
      figures: [({ steady: s }) => per(s.serverCpuMicros, s.sends)],
      isCompared: true,
    },
    {
      title: 'send → ack at saturation, ms, p50 / p99',
      figures: [({ saturation: s }) => s.ackMs.p50, ({ saturation: s }) => s.ackMs.p99],
    },
    {
      title: `send → ack at ${steadyRate} sends/s, ms, p50 / p99`,
      figures: [({ steady: s }) => s.ackMs.p50, ({ steady: s }) => s.ackMs.p99],
    },
    {
      title: `send → delivery at ${steadyRate} sends/s, ms, p50 / p99`,
      figures: [({ steady: s }) => s.deliveryMs.p50, ({ steady: s }) => s.deliveryMs.p99],
    },
    {
      title: 'load generator, % of one core',
      figures: [({ saturation: s }) => percentOfCore(s, s.generatorCpuMicros)],
    },
    {
      title: 'everything else on the machine, % of one core',
      figures: [({ saturation: s }) => percentOfCore(s, strangersCpuMicros(s))],
    },
  ];
}

/** What a busy neighbour takes is missing in the rates, though not in the CPU figures. */
function strangersCpuMicros(interval) {
  const { machineCpuMicros, serverCpuMicros, postgresCpuMicros, redisCpuMicros } = interval;
  const { generatorCpuMicros } = interval;
  if (machineCpuMicros === null) return null;
  const own =
    (serverCpuMicros ?? 0) + (postgresCpuMicros ?? 0) + (redisCpuMicros ?? 0) + generatorCpuMicros;
  return Math.max(0, machineCpuMicros - own);
}

function percentOfCore({ seconds }, micros) {
  return micros === null ? null : micros / seconds / 10_000;
}

/** A target that failed once has no figures, lest a loss pass for speed. */
function medians(turns, target, figures) {
  const own = turns.filter((turn) => turn.target === target);
  if (own.some(({ problems }) => problems.length > 0)) return 'failed';
  return figures.map((figure) => format(median(own.map(figure)))).join(' / ');
}

function ratio(turns, baseline, figure) {
  const rounds = [...new Set(turns.map(({ round }) => round))];
  const of = (target, round) =>
    turns.find((turn) => turn.target === target && turn.round === round && !turn.problems.length);
  const ratios = rounds.map((round) => {
    const [ours, theirs] = [of('causerie', round), of(baseline, round)];
    return ours && theirs ? per(figure(ours), figure(theirs)) : null;
  });
  const middle = median(ratios);
  return middle === null ? '–' : `**${format(middle)}**`;
}

function per(amount, count) {
  return amount === null || !count ? null : amount / count;
}

/** @param {(number | null)[]} values */
function median(values) {
  if (values.includes(null)) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Three digits are as many as such a measurement holds. */
function format(value) {
  if (value === null) return '–';
  return value.toLocaleString('en', { maximumSignificantDigits: value < 100 ? 2 : 3 });
}
