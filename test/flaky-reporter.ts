import type { Reporter, TestModule } from "vitest/node";

/** Lists the tests that passed only when they were run again, so that nobody overlooks them. */
export class FlakyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const flaky = modules.flatMap((module) =>
      [...module.children.allTests()].filter((test) => test.diagnostic()?.flaky),
    );
    if (flaky.length === 0) return;
    console.log(`\n${flaky.length} passed only when run again:`);
    for (const test of flaky) console.log(`  ${test.module.relativeModuleId} > ${test.fullName}`);
  }
}
