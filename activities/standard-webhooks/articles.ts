import { type EventRef, activity } from 'posthorn/activity'
import { z } from 'zod'
import { httpPort } from '../outside/http-port.ts'
import { receivedData } from '../received-data.ts'

const Article = z.object({ id: z.string(), path: z.string().startsWith('/'), title: z.string(), text: z.string() })

export type Article = z.infer<typeof Article>

export const readArticle = activity(
  'local',
  ({ received }) =>
    (event: EventRef) =>
      receivedData(Article, received, event),
)

/** To forget a page twice is to forget it. False where no cache is configured. */
export const purgeCache = activity('write', ({ settings }) => async (path: string) => {
  const cdn = httpPort('cdn', settings['cdn'])
  await cdn?.({ method: 'POST', path: '/purge', json: { paths: [path] } })
  return cdn !== undefined
})

/** False where no index is configured. */
export const indexArticle = activity('write', ({ settings }) => async ({ id, path, title, text }: Article) => {
  const search = httpPort('search', settings['search'])
  const document = `/documents/article-${encodeURIComponent(id)}`
  await search?.({ method: 'PUT', path: document, json: { kind: 'article', path, title, text } })
  return search !== undefined
})
