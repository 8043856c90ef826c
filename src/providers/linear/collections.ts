/** A collection of Linear's GraphQL API, and what is read of each of its members. */
export interface Collection {
  name: string
  fields: string
  /** Arguments without which it holds less than everything. */
  also?: string
}

const DATES = 'id createdAt updatedAt archivedAt'

/**
 * By kind of entity. Only collections are asked, also for one entity: they answer what is not there with an empty list, where a single
 * query answers with an error that looks like any other.
 */
export const COLLECTIONS: Readonly<Record<string, Collection>> = {
  comment: {
    name: 'comments',
    fields: `${DATES} body editedAt resolvedAt url issue { id identifier } parent { id } project { id } user { id name }`,
  },
  cycle: {
    name: 'cycles',
    fields: `${DATES} number name description startsAt endsAt completedAt progress team { id key }`,
  },
  document: {
    name: 'documents',
    fields: `${DATES} title content icon color slugId trashed url project { id } initiative { id } issue { id }`,
  },
  initiative: {
    name: 'initiatives',
    fields: `${DATES} name description status health targetDate startedAt completedAt trashed url owner { id name }`,
  },
  issue: {
    name: 'issues',
    fields: `${DATES} identifier number title description priority estimate dueDate branchName url trashed startedAt completedAt canceledAt
      state { id name type } team { id key name } assignee { id name } creator { id name } project { id name } cycle { id number }
      parent { id identifier } labels { nodes { id name } }`,
  },
  issue_label: {
    name: 'issueLabels',
    fields: `${DATES} name description color isGroup team { id key } parent { id }`,
  },
  project: {
    name: 'projects',
    fields: `${DATES} name description content slugId priority progress scope health startDate targetDate startedAt completedAt canceledAt
      trashed url status { id name type } lead { id name }`,
  },
  project_update: {
    name: 'projectUpdates',
    fields: `${DATES} body health editedAt url project { id } user { id name }`,
  },
  user: {
    name: 'users',
    fields: `${DATES} name displayName email active admin guest timezone url`,
    also: 'includeDisabled: true',
  },
}
