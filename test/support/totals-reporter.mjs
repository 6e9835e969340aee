/** Ends the output with the totals on one plain line, for people and for CI alike. */
export default class TotalsReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const totals = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) totals[test.result().state] += 1;
      if (module.errors().length > 0) totals.failed += 1;
    }
    const failed = totals.failed + totals.pending + unhandledErrors.length;
    const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
    const line = `${totals.passed} passed, ${failed} failed${skipped}\n`;
    process.once('exit', () => process.stdout.write(line));
  }
}
