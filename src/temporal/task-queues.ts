/** Where the engine's own workflows run: reconciliation, bulk replays, retention. Events never wait behind them. */
export const SYSTEM_TASK_QUEUE = 'posthorn-system'
