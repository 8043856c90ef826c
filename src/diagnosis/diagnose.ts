import type { ErrorCode } from '../domain/errors.ts'
import type { Provider, WebhookRequest } from '../providers/provider.ts'
import type { SourceSecret } from '../providers/source.ts'
import { concludeOn } from './conclude.ts'
import type { Diagnosis, Finding } from './diagnosis.ts'
import { searchDigests } from './digests.ts'
import { explainRecipes } from './explain-recipes.ts'
import { eventFindings } from './event-findings.ts'
import { headerFindings } from './header-findings.ts'
import { isGood, judge, searchVariations } from './judge.ts'
import { describeSecret } from './secret-shape.ts'
import { makeSpecimen } from './specimen.ts'
import { timeFindings } from './time-findings.ts'
import { statedTimes } from './times.ts'

export interface DiagnoseOptions {
  provider: Provider
  request: WebhookRequest
  /** Current first. Never shown. */
  secrets: readonly Pick<SourceSecret, 'slot' | 'value'>[]
  /** When it came. */
  at: Date
  /** What was found while the request was read. */
  notes?: readonly string[]
}

/** Says step by step whether a request verifies, why not, and what would have. The provider's own `verify` is the judge. */
export async function diagnose({ provider, request, secrets, at, notes = [] }: DiagnoseOptions): Promise<Diagnosis> {
  const values = secrets.map(({ value }) => value)
  const now = Math.floor(at.getTime() / 1000)
  const verdict = await judge(provider, request, values, now)
  const specimen = await makeSpecimen(provider, request, values[0] ?? '')
  const times = statedTimes(request)
  const findings: Finding[] = [
    ...(provider.scheme === undefined ? [] : [note('scheme', provider.scheme)]),
    ...notes.map((sentence) => note('request', sentence)),
    ...headerFindings(request, specimen),
    ...secrets.flatMap((secret) => secretFindings(secret, provider)),
    ...timeFindings(times, { now, specimen, code: isGood(verdict) ? undefined : verdict.code }),
  ]
  if (isGood(verdict)) {
    const slot = secrets[verdict.secretIndex]?.slot ?? 'current'
    findings.push({ check: 'signature', result: 'right', detail: `The ${slot} secret proves the request.` })
    findings.push(...eventFindings(provider, request))
    return {
      provider: provider.name,
      verified: true,
      findings,
      wouldMatch: [],
      tried: 1,
      conclusion: 'The request verifies.',
    }
  }
  findings.push({
    check: 'signature',
    result: 'wrong',
    detail: `${verdict.message.replace(/\.?$/, '.')} (${verdict.code})`,
  })
  const variations = HOPELESS.has(verdict.code)
    ? { found: [], tried: 0 }
    : await searchVariations(provider, request, { secrets: values, at: now, times })
  const digests = searchDigests(request, values)
  const matches = [
    ...variations.found.map(({ words, time }) => ({ words, time, changes: words.length })),
    ...explainRecipes(digests.recipes, specimen?.recipe),
  ].toSorted((a, b) => a.changes - b.changes)
  return {
    provider: provider.name,
    verified: false,
    code: verdict.code,
    findings,
    ...concludeOn({ verdict, matches, request, specimen, now }),
    tried: variations.tried + digests.tried,
  }
}

/** Where nothing is proven yet, no other body, secret or URL can prove it; and each try might ask the network in vain. */
const HOPELESS = new Set<ErrorCode>(['missing_signature', 'certificate_unavailable'])

const note = (check: Finding['check'], detail: string): Finding => ({ check, result: 'noted', detail })

function secretFindings({ slot, value }: Pick<SourceSecret, 'slot' | 'value'>, provider: Provider): Finding[] {
  const { shape, doubts } = describeSecret(value, provider)
  return [
    note('secret', `The ${slot} secret: ${shape}.`),
    ...doubts.map((detail): Finding => ({ check: 'secret', result: 'wrong', detail })),
  ]
}
