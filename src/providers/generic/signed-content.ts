import type { WebhookRequest } from '../provider.ts'
import type { ContentTemplate } from './scheme.ts'

/** The signed bytes of a request, part by part; undefined while a value that they contain is missing. */
export type SignedContent = (request: WebhookRequest, named: NamedValues) => Buffer | undefined

export interface NamedValues {
  timestamp?: string | undefined
  id?: string | undefined
}

const TOKEN = /\{(body|timestamp|id|url|method|header:[a-z0-9-]+)\}/

/**
 * Compiles a template.
 * @throws Error for one without `{body}`, or with braces that name nothing.
 */
export function compileContent(template: ContentTemplate): SignedContent {
  // Split with a group: texts at even places, names at odd ones.
  const pieces = template.split(TOKEN)
  if (!pieces.some((piece, at) => at % 2 === 1 && piece === 'body')) {
    throw new Error(`the signed content "${template}" must contain {body}: an unsigned body proves nothing`)
  }
  const stray = pieces.find((piece, at) => at % 2 === 0 && /[{}]/.test(piece))
  if (stray !== undefined) throw new Error(`the signed content "${template}" has braces that name nothing: "${stray}"`)
  return (request, named) => {
    const parts: Buffer[] = []
    for (const [at, piece] of pieces.entries()) {
      const part = at % 2 === 0 ? piece : valueOf(piece, request, named)
      if (part === undefined) return undefined
      parts.push(Buffer.isBuffer(part) ? part : Buffer.from(part))
    }
    return Buffer.concat(parts)
  }
}

function valueOf(name: string, request: WebhookRequest, named: NamedValues): Buffer | string | undefined {
  if (name === 'body') return request.body
  if (name === 'url') return request.url
  if (name === 'method') return request.method
  if (name === 'timestamp' || name === 'id') return named[name]
  return request.headers[name.slice('header:'.length)]
}
