/** Loaded into the service by tests that ask how much memory it really holds. */
process.on('SIGUSR2', () => {
  globalThis.gc();
  process.stderr.write(`HEAP_USED ${process.memoryUsage().heapUsed}\n`);
});
