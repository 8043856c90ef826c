import { activities, eventWorkflow, ignored, processed } from 'posthorn/workflow'

const { indexArticle, purgeCache, readArticle } = activities()

/** Something was published: the cache first, so that whoever finds it reads the new text. */
export const articlePublished = eventWorkflow(
  'standard-webhooks/article.published',
  async (event) => {
    const article = await readArticle(event)
    const isPurged = await purgeCache(article.path)
    const isIndexed = await indexArticle(article)
    return isPurged || isIndexed ? processed() : ignored('neither cache nor search is configured')
  },
  { mode: 'edge' },
)
