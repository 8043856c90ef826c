/** The header by which an activity knows the run that it is a part of. */
export const RUN_HEADER = 'posthorn-run'

/** The content of the header: the key of a run. */
export interface RunHeader {
  key: string
  handler: string
  attempt: number
}
