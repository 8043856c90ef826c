import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { createCidrList, normalAddress } from '../../src/receiver/cidr-list.ts'
import { createClientReader } from '../../src/receiver/client-address.ts'

const contains = (ranges: string[], address: string): boolean => createCidrList(ranges).contains(address)

test('a range contains its addresses, and no others (row 281)', () => {
  assert.equal(contains(['192.0.2.0/24'], '192.0.2.255'), true)
  assert.equal(contains(['192.0.2.0/24'], '192.0.3.0'), false)
  assert.equal(contains(['192.0.2.7'], '192.0.2.7'), true)
  assert.equal(contains(['192.0.2.7'], '192.0.2.8'), false)
  assert.equal(contains(['2001:db8::/32'], '2001:db8:ffff::1'), true)
  assert.equal(contains(['2001:db8::/32'], '2001:db9::1'), false)
  assert.equal(contains(['0.0.0.0/0'], '2001:db8::1'), false)
  assert.equal(contains([], '192.0.2.1'), false)
  assert.equal(contains(['0.0.0.0/0', '::/0'], ''), false)
})

test('an IPv4 address inside an IPv6 one is the IPv4 address, on either side', () => {
  assert.equal(contains(['192.0.2.0/24'], '::ffff:192.0.2.1'), true)
  assert.equal(contains(['::ffff:192.0.2.0/120'], '192.0.2.1'), true)
  assert.equal(contains(['::ffff:192.0.2.0/120'], '192.0.3.1'), false)
})

test('what is neither an address nor a range is named at the start', () => {
  for (const entry of [
    '',
    '192.0.2',
    '192.0.2.0/33',
    '192.0.2.0/',
    '192.0.2.0/24/8',
    '2001:db8::/129',
    'example.com',
    '0x7f.1',
  ]) {
    assert.throws(() => createCidrList(['127.0.0.1', entry]), new RegExp(`^Error: "${entry}" is neither`))
  }
})

test('every spelling of an address comes down to one', () => {
  assert.equal(normalAddress(' 192.0.2.1 '), '192.0.2.1')
  assert.equal(normalAddress('192.0.2.1:4711'), '192.0.2.1')
  assert.equal(normalAddress('::ffff:192.0.2.1'), '192.0.2.1')
  assert.equal(normalAddress('[2001:DB8::1]:4711'), '2001:db8::1')
  assert.equal(normalAddress('2001:0db8:0:0::1'), '2001:db8::1')
  assert.equal(normalAddress('fe80::1%eth0'), 'fe80::1')
  for (const text of ['', 'unknown', '_hidden', '1', '127.1', '[', '::1::'])
    assert.equal(normalAddress(text), undefined, text)
})

interface Hop {
  peer?: string
  for?: string
  proto?: string
  encrypted?: boolean
}

const PROXIES = createCidrList(['10.0.0.0/8', '2001:db8:1::/48'])

const clientOf = ({ peer, for: forwardedFor, proto, encrypted = false }: Hop) =>
  createClientReader(PROXIES)({
    socket: { remoteAddress: peer, encrypted },
    headers: { 'x-forwarded-for': forwardedFor, 'x-forwarded-proto': proto },
  } as unknown as IncomingMessage)

const addressOf = (hop: Hop): string | undefined => clientOf(hop).address

test('forwarding headers of anybody but a trusted proxy are not believed (row 282)', () => {
  assert.deepEqual(clientOf({ peer: '203.0.113.5', for: '198.51.100.1', proto: 'https' }), {
    address: '203.0.113.5',
    secure: false,
  })
})

test('behind trusted proxies the client is the nearest address that is not one of them', () => {
  assert.equal(addressOf({ peer: '10.0.0.1', for: '198.51.100.1' }), '198.51.100.1')
  assert.equal(addressOf({ peer: '::ffff:10.0.0.1', for: '198.51.100.1' }), '198.51.100.1')
  assert.equal(addressOf({ peer: '10.0.0.1', for: '198.51.100.1, 10.0.0.2' }), '198.51.100.1')
  assert.equal(addressOf({ peer: '2001:db8:1::1', for: '2001:db8:2::7' }), '2001:db8:2::7')
})

test('what a client puts in front of the proxies’ entries is not believed', () => {
  assert.equal(addressOf({ peer: '10.0.0.1', for: '192.0.2.1, 198.51.100.1' }), '198.51.100.1')
  assert.equal(addressOf({ peer: '10.0.0.1', for: '192.0.2.1, 198.51.100.1, 10.0.0.2' }), '198.51.100.1')
  assert.equal(addressOf({ peer: '10.0.0.1', for: '192.0.2.1, garbage, 10.0.0.2' }), '10.0.0.2')
})

test('without a usable entry the client is the last address that is sure', () => {
  assert.equal(addressOf({ peer: '10.0.0.1' }), '10.0.0.1')
  assert.equal(addressOf({ peer: '10.0.0.1', for: '' }), '10.0.0.1')
  assert.equal(addressOf({ peer: '10.0.0.1', for: 'unknown' }), '10.0.0.1')
  assert.equal(addressOf({ peer: '10.0.0.1', for: '10.0.0.3, 10.0.0.2' }), '10.0.0.3')
  assert.equal(addressOf({}), undefined)
})

test('a request is secure over TLS of our own, or when the nearest trusted proxy says so', () => {
  assert.equal(clientOf({ peer: '203.0.113.5', encrypted: true }).secure, true)
  assert.equal(clientOf({ peer: '10.0.0.1', proto: 'HTTPS' }).secure, true)
  assert.equal(clientOf({ peer: '10.0.0.1', proto: 'http' }).secure, false)
  assert.equal(clientOf({ peer: '10.0.0.1' }).secure, false)
  // A proxy that appends: the first word is the client's own.
  assert.equal(clientOf({ peer: '10.0.0.1', proto: 'https, http' }).secure, false)
})
