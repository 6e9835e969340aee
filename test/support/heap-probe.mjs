/** Loaded into the service by tests that ask how much memory it really holds. */
process.on('SIGUSR2', () => {
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  const peak = process.resourceUsage().maxRSS * 1024;
  process.stderr.write(`HEAP_USED ${heapUsed} EXTERNAL ${external} PEAK_RSS ${peak}\n`);
});
