/** Another way to read something: what it would be, and how to say so. As it is, it has no words. */
export interface Reading<T> {
  value: T
  /** Completes "… with"; undefined for the reading that is right. */
  words?: string
}

function distinct<T>(readings: readonly Reading<T>[], nameOf: (value: T) => string): Reading<T>[] {
  const seen = new Map<string, Reading<T>>()
  for (const reading of readings) {
    const name = nameOf(reading.value)
    if (!seen.has(name)) seen.set(name, reading)
  }
  return [...seen.values()]
}

/** What may have been signed in place of the body at hand. The first is the body itself. */
export function bodyReadings(body: Buffer): Reading<Buffer>[] {
  const text = body.toString('latin1')
  const latin1 = (value: string, words: string): Reading<Buffer> => ({ value: Buffer.from(value, 'latin1'), words })
  return distinct(
    [
      { value: body },
      latin1(text.trim(), 'the body without the white space at its ends'),
      latin1(`${text}\n`, 'a line feed behind the body'),
      latin1(`${text}\r\n`, 'CR LF behind the body'),
      latin1(text.replaceAll('\r\n', '\n'), 'LF where the body has CR LF'),
      latin1(text.replaceAll(/\r?\n/g, '\r\n'), 'CR LF where the body has LF'),
      ...jsonReadings(body),
      ...(text.startsWith('\xEF\xBB\xBF') ? [latin1(text.slice(3), 'the body without its byte order mark')] : []),
      { value: Buffer.alloc(0), words: 'an empty body' },
    ],
    (value) => value.toString('latin1'),
  )
}

function jsonReadings(body: Buffer): Reading<Buffer>[] {
  let value: unknown
  try {
    value = JSON.parse(body.toString())
  } catch {
    return []
  }
  const compact = JSON.stringify(value)
  const spaced = JSON.stringify(value, undefined, 1)
    .replaceAll(/\n\s*/g, ' ')
    .replaceAll(/([[{]) | ([\]}])/g, '$1$2')
  const escaped = compact.replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  const texts: [string, string][] = [
    [compact, 'the body parsed and written anew without white space'],
    [spaced, 'the body parsed and written anew with spaces behind commas and colons, as Python does'],
    [JSON.stringify(value, undefined, 2), 'the body parsed and written anew with two spaces of indentation'],
    [JSON.stringify(value, undefined, 4), 'the body parsed and written anew with four spaces of indentation'],
    [escaped, 'the body with all but ASCII escaped'],
    [compact.replaceAll('/', '\\/'), 'the body with its slashes escaped, as PHP does'],
    [JSON.stringify(sorted(value)), 'the body with its keys sorted'],
  ]
  return texts.map(([text, words]) => ({ value: Buffer.from(text), words }))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  )
}

/** What the secret may have been meant to be. The first is the secret itself. */
export function secretReadings(secret: string): Reading<string>[] {
  const unquoted = secret.trim().replace(/^(['"])(.*)\1$/s, '$2')
  const bare = unquoted.replace(/^[a-z]{2,8}_/, '')
  return distinct(
    [
      { value: secret },
      { value: secret.trim(), words: 'the secret without the white space around it' },
      { value: unquoted, words: 'the secret without its quotes' },
      { value: `${secret}\n`, words: 'a line feed behind the secret' },
      { value: bare, words: 'the secret without its prefix' },
      { value: `whsec_${unquoted}`, words: 'whsec_ before the secret' },
      { value: decoded(unquoted), words: 'the secret percent-decoded' },
      { value: unquoted.toLowerCase(), words: 'the secret in small letters' },
    ],
    (value) => value,
  ).filter(({ value }) => value !== '')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The bytes that a secret may stand for. The first is its text. */
export function keyReadings(secret: string): Reading<Buffer>[] {
  return secretReadings(secret).flatMap(({ value, words }) => {
    const said = (form: string): string =>
      words === undefined ? `the secret read as ${form}` : `${words}, read as ${form}`
    const readings: Reading<Buffer>[] = [{ value: Buffer.from(value), ...(words !== undefined && { words }) }]
    if (/^([0-9a-f]{2})+$/i.test(value)) readings.push({ value: Buffer.from(value, 'hex'), words: said('hex') })
    if (/^[\w+/-]+={0,2}$/.test(value)) readings.push({ value: Buffer.from(value, 'base64'), words: said('base64') })
    return readings
  })
}

/** What the provider may know the hook by. The first is the URL itself. */
export function urlReadings(url: string, host: string | undefined): Reading<string>[] {
  if (!URL.canParse(url)) return [{ value: url }]
  const at = (words: string, change: (copy: URL) => void): Reading<string> => {
    const copy = new URL(url)
    change(copy)
    return { value: copy.href, words }
  }
  const { protocol, pathname } = new URL(url)
  return distinct(
    [
      { value: url },
      at(
        protocol === 'https:' ? 'http:// in the URL' : 'https:// in the URL',
        (copy) => (copy.protocol = protocol === 'https:' ? 'http:' : 'https:'),
      ),
      at('the URL without its query', (copy) => (copy.search = '')),
      at('the URL without its port', (copy) => (copy.port = '')),
      at(
        pathname.endsWith('/') ? 'the URL without its last slash' : 'a slash at the end of the URL',
        (copy) => (copy.pathname = pathname.endsWith('/') ? pathname.slice(0, -1) : `${pathname}/`),
      ),
      ...(host === undefined
        ? []
        : ['https', 'http'].map((scheme) => ({
            value: `${scheme}://${host}${url.replace(/^https?:\/\/[^/]*/, '')}`,
            words: `the URL of the Host header, with ${scheme}://`,
          }))),
    ],
    (value) => value,
  )
}
