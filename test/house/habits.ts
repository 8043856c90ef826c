import ts from 'typescript'
import { type SourceFile, parse, visit } from './source-files.ts'

/** Names that say nothing of what is in a file, and so gather everything. */
const EMPTY_NAMES =
  /^(utils?|helpers?|common|types?|misc|lib|base|shared|interfaces?|constants?|managers?|services?)$|-(utils?|helpers?|manager|service|impl)$/

const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*$/

export function namingProblems({ path }: SourceFile): string[] {
  // Tests of types have a folder of that name; a file of it would be a heap.
  const parts = path
    .replace('test/types/', '')
    .split('/')
    .map((part) => part.replace(/(\.(test|config))?\.[a-z]+$/, ''))
  return [
    ...parts.filter((part) => EMPTY_NAMES.test(part)).map((part) => `${path}: "${part}" says nothing`),
    ...parts.filter((part) => !KEBAB_CASE.test(part)).map((part) => `${path}: "${part}" is not kebab-case`),
  ]
}

const MAX_LINES = 350
const MAX_TEST_LINES = 500

export function sizeProblems({ path, text }: SourceFile): string[] {
  const limit = path.startsWith('test/') ? MAX_TEST_LINES : MAX_LINES
  const lines = text.trimEnd().split('\n').length
  return lines > limit ? [`${path} has ${lines} lines, which is more than ${limit}`] : []
}

/** What of `process` is the same for everybody. Its environment, arguments, signals and end are for src/main. */
const HARMLESS = new Set(['arch', 'getuid', 'kill', 'pid', 'platform', 'version', 'versions'])

export function processProblems(file: SourceFile): string[] {
  if (!file.path.startsWith('src/') || file.path.startsWith('src/main/')) return []
  const problems: string[] = []
  visit(parse(file), (node) => {
    if (!ts.isIdentifier(node) || node.text !== 'process') return
    const { parent } = node
    const isHarmless = ts.isPropertyAccessExpression(parent) && (parent.name === node || HARMLESS.has(parent.name.text))
    if (!isHarmless) problems.push(`${file.path}: ${parent.getText().slice(0, 40)} is for src/main to do`)
  })
  return problems
}

/** A statement, by how it begins: the keyword alone is an English word, too. */
const SQL =
  /^\s*(select\s.+\sfrom\s|insert into\s|update\s+\S+\s+(as \w+ )?set\s|delete from\s|with\s+\w+\s+as\s|(create|alter|drop)\s+(table|index|schema|database|sequence|role|extension)\s|(listen|notify|truncate|lock table)\s\w)/is

export function sqlProblems(file: SourceFile): string[] {
  if (!file.path.startsWith('src/') || file.path.startsWith('src/storage/')) return []
  const problems: string[] = []
  visit(parse(file), (node) => {
    const isText = ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)
    const text = isText ? node.getText().slice(1, -1) : ''
    if (SQL.test(text)) problems.push(`${file.path} speaks SQL: ${text.trim().slice(0, 40)}`)
  })
  return problems
}

const SILENCERS = /eslint-disable|@ts-(ignore|expect-error|nocheck)|\b(TODO|FIXME|XXX)\b/
/** What must not compile is expected not to; and the words themselves stand here. */
const MAY_HOLD_THEM = /^test\/(types\/|house\/habits\.)/

export function silencerProblems({ path, text }: SourceFile): string[] {
  const found = MAY_HOLD_THEM.test(path) ? null : SILENCERS.exec(text)
  return found === null ? [] : [`${path} holds "${found[0]}"`]
}
