// One line each. An export's name is the workflow type in Temporal, for ever.
export { githubIssueOpened } from './github/issue-opened.ts'
export { githubPush } from './github/push.ts'
export { stripeCustomer } from './stripe/customer.ts'
export { stripeInvoicePaid } from './stripe/invoice-paid.ts'
export { teamConnectCallEnded } from './team-connect/call-ended.ts'
