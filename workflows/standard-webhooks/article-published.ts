import { activities, eventWorkflow, processed } from 'posthorn/workflow'

const { indexArticle, purgeCache, readArticle } = activities()

/** Something was published: the cache first, so that whoever finds it reads the new text. */
export const articlePublished = eventWorkflow(
  'standard-webhooks/article.published',
  async (event) => {
    const article = await readArticle(event)
    await purgeCache(article.path)
    await indexArticle(article)
    return processed()
  },
  { mode: 'edge' },
)
