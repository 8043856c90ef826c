import { hash } from 'node:crypto'
import { type Failure, failureShape } from '../domain/failure-shape.ts'

/** Twelve hexadecimal digits that failures of one kind share: short enough to be typed, long enough for any number of kinds. */
export const fingerprintOf = (failure: Failure): string => hash('sha256', failureShape(failure), 'hex').slice(0, 12)
