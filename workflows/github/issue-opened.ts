import { activities, eventWorkflow, ignored, processed } from 'posthorn/workflow'

const { fetchIssue, queueForTriage } = activities()

/** An issue was opened: put it before a person, unless it was closed again before we came to it. */
export const githubIssueOpened = eventWorkflow('github/issues.opened', async (event) => {
  const issue = await fetchIssue(event)
  if (issue === undefined) return ignored('issue is gone')
  if (issue.state !== 'open') return ignored('issue is closed already')
  await queueForTriage({ issue: issue.id, title: issue.title, labels: issue.labels })
  return processed()
})
