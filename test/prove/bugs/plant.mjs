// Loaded by `--import` into every process of a proof: plants the bug that BUG names into the engine's code as it is read.
import { register } from 'node:module'

register('./source-hooks.mjs', import.meta.url, { data: process.env['BUG'] })
