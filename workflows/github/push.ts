import { activities, eventWorkflow, ignored, processed } from 'posthorn/workflow'

const { fetchPushedCommit, recordPush } = activities()

/** A branch moved: remember the commit it moved to. */
export const githubPush = eventWorkflow('github/push', async (event) => {
  const commit = await fetchPushedCommit(event)
  if (commit === undefined) return ignored('branch was deleted')
  await recordPush(commit)
  return processed()
})
