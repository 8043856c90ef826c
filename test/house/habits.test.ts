import assert from 'node:assert/strict'
import { test } from 'node:test'
import { namingProblems, processProblems, silencerProblems, sizeProblems, sqlProblems } from './habits.ts'
import { type SourceFile, sourceFiles } from './source-files.ts'

type Habit = (file: SourceFile) => string[]

/** Every habit with a file that breaks it: a net that nothing was ever caught in may have no meshes. */
const HABITS: readonly (readonly [sentence: string, habit: Habit, culprit: SourceFile])[] = [
  ['names say what is in a file', namingProblems, { path: 'src/receiver/request-utils.ts', text: '' }],
  ['names are in kebab-case', namingProblems, { path: 'src/storage/groupCommit.ts', text: '' }],
  ['no file is long', sizeProblems, { path: 'src/storage/inbox.ts', text: '\n'.repeat(350) + 'x' }],
  [
    'only src/main reads the environment',
    processProblems,
    { path: 'src/stack/postgres.ts', text: `const url = process.env['DATABASE_URL']` },
  ],
  [
    'only src/main handles signals',
    processProblems,
    { path: 'src/receiver/server.ts', text: `process.once('SIGTERM', stop)` },
  ],
  [
    'only src/main holds the process whole',
    processProblems,
    { path: 'src/stack/postgres.ts', text: `const { env } = process` },
  ],
  ['only src/main ends the process', processProblems, { path: 'src/cli/doctor.ts', text: `process.exit(1)` }],
  [
    'only src/storage speaks SQL',
    sqlProblems,
    { path: 'src/dispatcher/sweep.ts', text: 'pool.query(`select key from posthorn.${table}`)' },
  ],
  ['nothing is silenced or put off', silencerProblems, { path: 'src/mirror/absence.ts', text: '// TODO later' }],
]

for (const [sentence, habit, culprit] of HABITS) {
  test(sentence, () => {
    assert.equal(habit(culprit).length, 1, 'the habit is blind')
    assert.deepEqual(sourceFiles().flatMap(habit), [])
  })
}
