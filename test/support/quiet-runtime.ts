import { DefaultLogger, Runtime } from '@temporalio/worker'

/** Once a process, before anything of the SDK is used: signals are the test runner's, and only errors are worth a line. */
Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('ERROR') })
