import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import ts from 'typescript'

export const ROOT = join(import.meta.dirname, '../..')

/** Folders with code of ours, and the one file of user space that stands at the top. */
const PLACES = ['src', 'workflows', 'activities', 'test', 'bench', 'scripts', 'bin']

export interface SourceFile {
  /** From the root, with slashes. */
  path: string
  text: string
}

/** Every code file of the house. */
export function sourceFiles(): SourceFile[] {
  const paths = PLACES.flatMap((place) =>
    readdirSync(join(ROOT, place), { recursive: true, encoding: 'utf8' }).map((name) => posix.join(place, name)),
  )
  return [...paths, 'posthorn.config.ts', 'eslint.config.js']
    .filter((path) => /\.(ts|mjs|js)$/.test(path))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))
}

export const parse = ({ path, text }: SourceFile): ts.SourceFile =>
  ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)

export interface Import {
  /** A path from the root for a file of ours, else the name of a package or of a Node module as it was written. */
  target: string
  isOurs: boolean
  typeOnly: boolean
}

/** Everything that a file imports, re-exports, loads with `import(…)`, or names in `typeof import(…)`. */
export function importsOf(file: SourceFile): Import[] {
  const found: Import[] = []
  visit(parse(file), (node) => {
    const specifier = specifierOf(node)
    if (specifier === undefined) return
    const isOurs = specifier.startsWith('.')
    const target = isOurs ? posix.join(posix.dirname(file.path), specifier) : specifier
    found.push({ target, isOurs, typeOnly: isTypeOnly(node) })
  })
  return found
}

export function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node)
  ts.forEachChild(node, (child) => visit(child, see))
}

function specifierOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return literal(node.moduleSpecifier)
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return literal(node.argument.literal)
  const isDynamic = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
  return isDynamic ? literal(node.arguments[0]) : undefined
}

const literal = (node: ts.Node | undefined): string | undefined =>
  node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined

/** Whether nothing of the import is left when the program runs. `import {} from` and `import './x.ts'` run the file. */
function isTypeOnly(node: ts.Node): boolean {
  if (ts.isImportTypeNode(node)) return true
  if (ts.isExportDeclaration(node)) return node.isTypeOnly || allTypes(node.exportClause)
  if (!ts.isImportDeclaration(node) || node.importClause === undefined) return false
  const { phaseModifier, name, namedBindings } = node.importClause
  return phaseModifier === ts.SyntaxKind.TypeKeyword || (name === undefined && allTypes(namedBindings))
}

function allTypes(bindings: ts.NamedImportBindings | ts.NamedExportBindings | undefined): boolean {
  if (bindings === undefined || !(ts.isNamedImports(bindings) || ts.isNamedExports(bindings))) return false
  return bindings.elements.length > 0 && bindings.elements.every(({ isTypeOnly }) => isTypeOnly)
}
