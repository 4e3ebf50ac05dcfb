// Program: the worker daemon.
//   node worker/src/main.ts --config worker.yaml

// Exit codes: 0 stopped, 1 could not start, 78 the configuration is wrong or asks for more isolation than there is, or a token refused its PIN, 130 forced to stop by a second signal.
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { findBundle } from './daemonBundle.ts'

// Half of a start is compiling. What a stop leaves here, a folder of this user's own, is read at the next start; without one nothing is kept.
const { CACHE_DIRECTORY: given, XDG_CACHE_HOME: user = join(homedir(), '.cache') } = process.env
enableCompileCache(join(given ?? user, 'assay-worker'))

// Nine tenths of the rest is finding and linking modules: what `npm run build:worker` made of them has a few.
const bundle = findBundle()
await (bundle === undefined ? import('./runDaemon.ts') : import(pathToFileURL(bundle).href))
