import { restReader } from '../rest-reader.ts'

/** By kind, the collection of its API. */
const COLLECTIONS = {
  block: 'blocks',
  comment: 'comments',
  data_source: 'data_sources',
  database: 'databases',
  file_upload: 'file_uploads',
  page: 'pages',
}

/**
 * Notion answers 404 to what is gone and to what is not shared with the connection any more: only a `deleted` event tells. What lies in
 * the trash is still there, and says so.
 */
export const canonical = restReader({
  baseUrl: 'https://api.notion.com',
  authorize: (token) => ({ authorization: `Bearer ${token}`, 'notion-version': '2025-09-03' }),
  paths: Object.fromEntries(
    Object.entries(COLLECTIONS).map(([kind, collection]) => [
      kind,
      (id: string) => {
        const path = `/v1/${collection}/${encodeURIComponent(id)}`
        return { read: path, probe: path }
      },
    ]),
  ),
})
