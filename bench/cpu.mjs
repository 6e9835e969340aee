import { readFileSync } from 'node:fs';

/** Linux counts process times in hundredths of a second, whatever the kernel's own tick. */
const MICROSECONDS_PER_TICK = 10_000;

/**
 * CPU time spent so far by processes, their descendants and the children they have already reaped.
 *
 * @param {(number | null)[]} pids
 * @returns {number | null} µs; null where /proc does not tell
 */
export function cpuMicros(pids) {
  const each = pids.map(cpuMicrosOf);
  return each.includes(null) ? null : each.reduce((sum, micros) => sum + micros, 0);
}

function cpuMicrosOf(pid) {
  const fields = pid === null ? null : statOf(pid);
  if (!fields) return null;
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  const children = childrenOf(pid).map((child) => cpuMicrosOf(child) ?? 0);
  return children.reduce((sum, micros) => sum + micros, ticks * MICROSECONDS_PER_TICK);
}

/**
 * CPU time spent so far by everything on this machine, what its host took away included.
 *
 * @returns {number | null} µs; null where /proc does not tell
 */
export function machineCpuMicros() {
  const line = read('/proc/stat')?.split('\n', 1)[0];
  if (line === undefined) return null;
  const [user, nice, system, , , irq, softirq, steal] = line.split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq + steal) * MICROSECONDS_PER_TICK;
}

/** @returns {number | null} the parent of a process when it is called `name` here */
export function parentOf(pid, name) {
  const fields = statOf(pid);
  return fields?.name === name ? Number(fields[1]) : null;
}

/** The fields after the command name, which itself may contain spaces; see proc_pid_stat(5). */
function statOf(pid) {
  const text = read(`/proc/${pid}/stat`);
  if (text === null) return null;
  const end = text.lastIndexOf(')');
  const name = text.slice(text.indexOf('(') + 1, end);
  return Object.assign(text.slice(end + 2).split(' '), { name });
}

function childrenOf(pid) {
  const text = read(`/proc/${pid}/task/${pid}/children`) ?? '';
  return text.trim().split(' ').filter(Boolean).map(Number);
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
