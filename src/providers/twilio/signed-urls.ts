import { parse, stringify } from 'node:querystring'

/** Scheme, credentials with their `@`, host, port with its colon, and the rest. */
const URL_PARTS = /^(https?:\/\/)((?:[^/?#]*@)?)(\[[^\]]*\]|[^/?#:@]*)((?::\d*)?)([^]*)$/i

/**
 * The spellings of a URL that Twilio may have signed: with and without a port, whatever was configured; with a quote in the query
 * escaped or not; with the credentials of a configured `https://user:password@…`, which arrive as a header.
 */
export function signedUrls(url: string, authorization: string | undefined): readonly string[] {
  const [, scheme = '', credentials = '', host = '', port = '', rest = ''] = URL_PARTS.exec(url) ?? []
  const ports = ['', port || (scheme.toLowerCase() === 'https://' ? ':443' : ':80')]
  const users = credentials === '' ? ['', basicCredentials(authorization)] : [credentials]
  const rests = [rest, normalized(url, rest), requoted(rest)]
  return [
    ...new Set(users.flatMap((user) => ports.flatMap((port) => rests.map((end) => scheme + user + host + port + end)))),
  ]
}

function basicCredentials(authorization = ''): string {
  const [, encoded] = /^Basic (.+)$/i.exec(authorization) ?? []
  if (encoded === undefined) return ''
  const [user = '', ...password] = Buffer.from(encoded, 'base64').toString().split(':')
  return `${encodeURIComponent(user)}:${encodeURIComponent(password.join(':'))}@`
}

function normalized(url: string, rest: string): string {
  if (!URL.canParse(url)) return rest
  const { pathname, search } = new URL(url)
  return pathname + search
}

function requoted(rest: string): string {
  const at = rest.indexOf('?')
  return at === -1 ? rest : `${rest.slice(0, at)}?${stringify(parse(rest.slice(at + 1)))}`
}
