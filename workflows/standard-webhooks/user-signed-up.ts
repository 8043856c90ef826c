import { activities, eventWorkflow, processed, saga } from 'posthorn/workflow'

const { countSignUp, createContact, deleteContact, readSignUp, sendWelcome } = activities()

/** Somebody signed up: CRM, welcome, statistics. When a step fails for good there is no half of it: the contact goes again. */
export const userSignedUp = eventWorkflow(
  'standard-webhooks/user.signed_up',
  async (event) => {
    const user = await readSignUp(event)
    await saga(async (undo) => {
      undo(() => deleteContact(user))
      await createContact(user)
      await sendWelcome(user)
      await countSignUp(user)
    })
    return processed()
  },
  { mode: 'edge' },
)
