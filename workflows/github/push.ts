import { activities, awaitApproval, eventWorkflow, ignored, type Outcome, processed } from 'posthorn/workflow'

const { fetchPushedCommit, recordDeployment, recordPush, runStage } = activities()

type Push = Parameters<typeof recordPush>[0]

/** A branch moved: remember the commit it moved to, and bring it to production where that is what the branch is for. */
export const githubPush = eventWorkflow('github/push', async (event) => {
  const commit = await fetchPushedCommit(event)
  if (commit === undefined) return ignored('branch was deleted')
  await recordPush(commit)
  return commit.deploys === true ? deploy(commit) : processed()
})

/** Tests, a build, a person's yes, and then production. */
async function deploy(push: Push): Promise<Outcome> {
  if ((await runStage('tests', push)) === 'failed') return ignored('tests failed')
  if ((await runStage('build', push)) === 'failed') return ignored('build failed')
  const summary = `Deploy ${push.repository} at ${push.sha.slice(0, 12)}`
  const approval = await awaitApproval({ name: 'deploy', summary, within: '1 day' })
  if (approval.answer === 'timed_out') return ignored('nobody approved the deployment')
  if (approval.answer === 'rejected') return ignored('deployment was rejected')
  if ((await runStage('deploy', push)) === 'failed') return ignored('deployment failed')
  await recordDeployment({ push, by: approval.by, reason: approval.reason })
  return processed()
}
