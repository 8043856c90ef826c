import { readFileSync } from 'node:fs'
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

/** What each room may import. `test/house/borders.test.ts` holds every file to it; here it is seen while typing. */
const rooms = JSON.parse(readFileSync(new URL('test/house/rooms.json', import.meta.url), 'utf8'))

const TYPESCRIPT = '**/*.ts'
const TESTS = ['test/**/*.ts', 'bench/**/*.ts']

/** What strict TypeScript does not forbid, but this house does. */
const FORBIDDEN_SYNTAX = [
  { selector: 'ExportDefaultDeclaration', message: 'Export by name: the name is then the same everywhere.' },
  { selector: 'TSEnumDeclaration', message: 'Use a union of strings, or a constant object.' },
  { selector: 'Decorator', message: 'Declare with a function that returns a value.' },
  { selector: 'TSParameterProperty', message: 'Write the field out.' },
]

const HABITS = {
  eqeqeq: 'error',
  'no-var': 'error',
  'object-shorthand': 'error',
  'prefer-const': 'error',
  'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
}

export default defineConfig(
  { ignores: ['dist/', '.posthorn/', 'coverage/'] },
  { linterOptions: { noInlineConfig: true }, rules: { ...HABITS, 'max-lines': ['error', 350] } },
  {
    files: [TYPESCRIPT],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: { ...typedRules(), 'no-restricted-syntax': ['error', ...FORBIDDEN_SYNTAX] },
  },
  { files: ['src/**/*.ts'], rules: { 'no-console': 'error' } },
  ...Object.keys(rooms).map(borders),
  {
    files: TESTS,
    rules: {
      'max-lines': ['error', 500],
      // A fake is asynchronous because what it stands for is.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      '@typescript-eslint/use-unknown-in-catch-callback-variable': 'off',
    },
  },
  // What each tool reads by its default export.
  { files: ['**/posthorn.config.ts'], rules: { 'no-restricted-syntax': 'off' } },
)

function typedRules() {
  const testCalls = { from: 'package', package: 'node:test', name: ['test', 'describe', 'suite', 'it'] }
  return {
    '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafeCalls: [testCalls] }],
    '@typescript-eslint/consistent-type-exports': 'error',
    '@typescript-eslint/consistent-type-imports': [
      'error',
      // `ActivityTypes<typeof import('./index.ts')>` is how user space names its own module.
      { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
    ],
    '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowAny: false }],
    // `return refuse(…)` leaves a function that answers nothing; `void (await stop())` says that the answer is dropped.
    '@typescript-eslint/no-confusing-void-expression': 'off',
    '@typescript-eslint/no-meaningless-void-operator': 'off',
    '@typescript-eslint/no-unused-vars': [
      'error',
      { argsIgnorePattern: '^_', varsIgnorePattern: '^_$', ignoreRestSiblings: true },
    ],
    // An empty variable of the environment counts as unset.
    '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
    // `Register` is empty until user space augments it.
    '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'always' }],
    '@typescript-eslint/no-misused-spread': ['error', { allow: [{ from: 'lib', name: 'string' }] }],
    // It does not see that a callback changes a flag.
    '@typescript-eslint/no-unnecessary-condition': 'off',
    // Methods here are closures over a factory's variables: `this` is used by errors only.
    '@typescript-eslint/unbound-method': 'off',
    // It asks for `!`, which is forbidden.
    '@typescript-eslint/non-nullable-type-assertion-style': 'off',
    // A row's type is named where the statement is, as with `pg` itself.
    '@typescript-eslint/no-unnecessary-type-parameters': 'off',
    '@typescript-eslint/no-invalid-void-type': 'off',
  }
}

/** The border of one room: what it may import whole, and what for its types only. */
function borders(room) {
  const { imports, types, about } = rooms[room]
  const restricted = (permitted, allowTypeImports, what) => ({
    regex: notPermitted(room, permitted),
    allowTypeImports,
    message: `${room} may not import ${what} from there. ${about}`,
  })
  return {
    files: room.endsWith('.ts') ? [room] : [`${room}/**/*.ts`, `${room}.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [restricted(imports, true, 'values'), restricted([...imports, ...types], false, 'anything')] },
      ],
    },
  }
}

/** Matches the specifiers that lead into another room, or to a package, without being permitted. */
function notPermitted(room, permitted) {
  const open = [room, ...permitted].map(folderOf)
  const closed = ['src', 'workflows', 'activities', 'test', 'bench', ...Object.keys(rooms).map(folderOf)].filter(
    (folder) => !open.includes(folder) && !permitted.includes('src/*'),
  )
  const packages = permitted.filter((name) => !name.startsWith('src/')).map(toRegex)
  return `^(?:(?:\\.\\./)+(?:${closed.join('|')})/|(?!\\.|(?:${packages.join('|')})(?:/|$)).)`
}

function folderOf(name) {
  return name.split('/').at(name.startsWith('src/') ? 1 : 0)
}

function toRegex(name) {
  return name.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace('*', '[^/]+')
}
