import { once } from 'node:events'
import { type IncomingHttpHeaders, createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { json as jsonOf, text as textOf } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { SMTPServer } from 'smtp-server'

export interface Asked {
  /** `PUT /crm/contacts/1` */
  what: string
  headers: IncomingHttpHeaders
  text: string
}

export interface Reply {
  status?: number
  json?: unknown
  text?: string
  headers?: Record<string, string>
}

/** Everything outside of Posthorn, on one server: the providers' APIs below `/api`, and each other system below its name. */
export interface Outside {
  url: string
  /** Requests whose method and path begin so, in order. */
  asked(what: string): Asked[]
  /** Answers requests whose method and path begin so; without it a GET finds nothing, and all else is taken with an empty 200. */
  on(what: string, reply: Reply | ((asked: Asked) => Reply)): void
  close(): void
}

export async function startOutside(): Promise<Outside> {
  const all: Asked[] = []
  const replies = new Map<string, Reply | ((asked: Asked) => Reply)>()
  const server = createServer((request, response) => {
    void textOf(request).then((text) => {
      const asked: Asked = { what: `${request.method} ${request.url}`, headers: request.headers, text }
      all.push(asked)
      const known = [...replies].reverse().find(([what]) => asked.what.startsWith(what))?.[1]
      const fallback: Reply = request.method === 'GET' ? { status: 404 } : {}
      const {
        status = 200,
        json,
        text: plain,
        headers,
      } = (typeof known === 'function' ? known(asked) : known) ?? fallback
      response.writeHead(status, headers).end(json === undefined ? plain : JSON.stringify(json))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: (what) => all.filter((asked) => asked.what.startsWith(what)),
    on: (what, reply) => void replies.set(what, reply),
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** The JSON of a request. */
export const sentIn = (asked: Asked | undefined): Promise<unknown> => jsonOf(Readable.from(asked?.text ?? ''))

export interface MailServer {
  url: string
  /** Mails as they came, headers first. */
  readonly mails: string[]
  /** From now on every recipient is refused, or is not any more. */
  refuse(isRefusing: boolean): void
  /** From now on mails are taken, and the connection is cut in place of an answer; or not any more. */
  fallSilent(isSilent: boolean): void
  close(): Promise<void>
}

/** A real SMTP server. */
export async function startMailServer(): Promise<MailServer> {
  const mails: string[] = []
  const sockets = new Set<Socket>()
  let isRefusing = false
  let isSilent = false
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo(_address, _session, done) {
      done(isRefusing ? Object.assign(new Error('There is no such mailbox'), { responseCode: 550 }) : null)
    },
    onData(stream, _session, done) {
      void textOf(stream).then((mail) => {
        mails.push(mail)
        if (!isSilent) return done()
        for (const socket of sockets) socket.destroy()
      })
    },
  })
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    mails,
    refuse(refusing) {
      isRefusing = refusing
    },
    fallSilent(silent) {
      isSilent = silent
    },
    close: () => new Promise((resolve) => void server.close(resolve)),
  }
}
