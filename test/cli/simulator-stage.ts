import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { runProgram } from '../../src/main/program.ts'
import { writeInstallation } from '../support/installation.ts'

export interface Answered {
  code: number
  stdout: string
  stderr: string
}

/** Runs `posthorn` in this process, in the installation at `root`. */
export async function posthorn(
  root: string,
  args: readonly string[],
  variables: Record<string, string> = {},
): Promise<Answered> {
  const environment = { POSTHORN_CONFIG: join(root, 'posthorn.config.ts'), ...variables }
  let [stdout, stderr] = ['', '']
  const code = await runProgram(args, {
    environment,
    given: environment,
    out: (text) => (stdout += text),
    err: (text) => (stderr += text),
  })
  return { code, stdout, stderr }
}

export const SECRET = 'a-secret-of-the-tests-of-some-length'

/** An installation with sources by these names, each of the provider of its name, all with a secret `<NAME>_SECRET`. */
export function installationOf(t: TestContext, ...names: string[]): Promise<string> {
  const sources = names.map(
    (name) =>
      `${JSON.stringify(name)}: { provider: ${JSON.stringify(name)}, secret: env(${JSON.stringify(secretName(name))}) },`,
  )
  return writeInstallation(t, {
    'posthorn.config.ts': `import { defineConfig, env } from 'posthorn'
export default defineConfig({ sources: { ${sources.join('\n')} } })
`,
  })
}

export const secretName = (name: string): string => `${name.toUpperCase().replaceAll('-', '_')}_SECRET`

export interface Seen {
  url: string
  headers: IncomingHttpHeaders
  body: Buffer
}

/** A server that answers everything alike and remembers it. */
export async function startWitness(
  t: TestContext,
  answer: { status: number; body: string } = OK,
): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      seen.push({ url: request.url ?? '', headers: request.headers, body })
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close().closeAllConnections())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

const OK = { status: 200, body: '{"received":true}' }
