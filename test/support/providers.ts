export { providers } from '../../src/providers/index.ts'
