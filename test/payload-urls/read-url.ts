/** Reads a URL of a payload, in a process that trusts what its environment says. */
import { text } from 'node:stream/consumers'
import type { EventRef } from '../../src/domain/event.ts'
import { createFetchUrl } from '../../src/payload-urls/fetch-url.ts'
import { toySource } from '../support/toy-source.ts'

const [url = ''] = process.argv.slice(2)
const sources = new Map([['toy', toySource({ urls: { hosts: [], loopback: true } })]])
const fetchUrl = createFetchUrl({ sources, access: { call: (_source, _purpose, make) => make() }, isProduction: false })
const { body } = await fetchUrl({ source: 'toy' } as EventRef, url, { maxBytes: 1_000 })
process.stdout.write(await text(body))
