/** What `test/run.ts` passes to the test files. */
export const TEST_SETTINGS = {
  /** Leads to the maintenance database of a server where test databases may be made. */
  databaseUrl: 'POSTHORN_TEST_DATABASE_URL',
  /** The migrated database that test databases are clones of. */
  template: 'POSTHORN_TEST_TEMPLATE',
  temporalAddress: 'POSTHORN_TEST_TEMPORAL_ADDRESS',
} as const

/** Throws a sentence that says how to run the test when the servers are not there. */
export function testSetting(name: keyof typeof TEST_SETTINGS): string {
  const value = process.env[TEST_SETTINGS[name]]
  if (value === undefined) {
    throw new Error(`${TEST_SETTINGS[name]} is not set: this test needs servers. Run it by \`npm test -- <file>\`.`)
  }
  return value
}
