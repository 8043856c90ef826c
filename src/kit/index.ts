/** `posthorn`: the configuration of an installation. */
export { defineConfig, env, type EnvReference, type PosthornConfig, type SourceConfig } from './config.ts'
