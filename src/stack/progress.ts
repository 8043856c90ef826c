/** Told to the person who waits; one sentence at a time. */
export type Progress = (message: string) => void

export const silent: Progress = () => undefined
