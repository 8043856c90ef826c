import { ignored } from '../../src/domain/event.ts'
import { eventWorkflow } from '../../src/kit/workflow.ts'
import { schemas } from '../../src/providers/stripe/events.ts'

/** What no workflow may be: it carries a provider, and with it a package, into the sandbox. */
export const smuggler = eventWorkflow('stripe/invoice.paid', (event) =>
  Promise.resolve(ignored(event.type in schemas ? 'known' : 'unknown')),
)
