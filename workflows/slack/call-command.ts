import { activities, eventWorkflow, processed } from 'posthorn/workflow'

const { answerCommand, describeCall } = activities()

/** `/call <id>`: Slack has had its 200 long ago, and hears the answer at the URL it gave. */
export const slackCallCommand = eventWorkflow(
  'slack/slash_command.call',
  async (event) => {
    await answerCommand(event, await describeCall(event))
    return processed()
  },
  { mode: 'edge' },
)
