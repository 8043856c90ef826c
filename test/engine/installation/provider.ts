import { defineProvider } from 'posthorn/provider'
import { z } from 'zod'

/** A provider with the least that the engine needs: signatures are the receiver's business. */
export const toy = defineProvider({
  name: 'toy',
  contentTypes: ['application/json'],
  methods: ['POST'],
  idSigned: true,
  listKey: 'exact',
  verify: () => ({ secretIndex: 0 }),
  identify: ({ body }) => {
    const event = JSON.parse(body.toString()) as { id: string; type: string; thing?: string }
    return [
      {
        ...event,
        deletes: event.type === 'thing.deleted',
        ...(event.thing && { entity: { kind: 'thing', id: event.thing } }),
      },
    ]
  },
  sign: () => ({}),
  schemas: { 'thing.strict': z.object({ size: z.number() }) },
  canonical: {
    kinds: ['thing'],
    baseUrl: 'http://127.0.0.1:1',
    authorize: (token) => ({ authorization: `Bearer ${token}` }),
    async fetch(api, entity) {
      const { status, json } = await api.get(`/things/${encodeURIComponent(entity.id)}`)
      return status === 200 ? { found: true, state: json } : { found: false }
    },
    async probe(api) {
      await api.get('/probe')
    },
  },
})
