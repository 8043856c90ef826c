import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findSchemaMisfit } from '../../providers/find-misfit.ts'
import type { WebhookRequest } from '../../providers/provider.ts'
import { assertRefusal } from './expect-refusal.ts'
import { mutateBody, mutateHeaders, mutateText, scrap, seeded } from './mutations.ts'
import { NOW, type Subject } from './provider-harness.ts'

const ROUNDS = 3000

export function hostileInputTests({ provider, harness, current, request, verify }: Subject): void {
  const isJson = harness.wire !== 'form'
  const coversBody = harness.covers !== 'fields'
  test(`throws nothing but refusals in ${ROUNDS} rounds of mutated requests, and accepts no changed body`, async () => {
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const random = seeded(seed)
      const good = request()
      const hostile = {
        ...good,
        headers: mutateHeaders(good.headers, random),
        body: mutateBody(good.body, random, isJson),
      }
      const secrets = random(4) === 0 ? [scrap(random), mutateText(current.verify, random)] : [current.verify]
      await tolerates(seed, async () => {
        await verify(hostile, { secrets, now: random(4) === 0 ? random(2 ** 31) : NOW })
        assert.ok(!coversBody || hostile.body.equals(harness.body), `seed ${seed}: a changed body was accepted`)
      })
      await tolerates(seed, () => {
        checkEnvelopes(hostile)
      })
    }
  })

  function checkEnvelopes(hostile: WebhookRequest): void {
    for (const { id, type, entity, occurredAt, part = hostile.body } of provider.identify(hostile)) {
      assert.ok(type.length > 0 && id !== '' && entity?.kind !== '' && entity?.id !== '', 'an empty name')
      assert.ok(occurredAt === undefined || !Number.isNaN(occurredAt.getTime()), 'a time that is none')
      findSchemaMisfit({ provider }, { type }, part)
    }
  }
}

async function tolerates(seed: number, attempt: () => unknown): Promise<void> {
  try {
    await attempt()
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error
    try {
      assertRefusal(error)
    } catch (cause) {
      throw new Error(`seed ${seed} made the provider throw`, { cause })
    }
  }
}
