import { setFlagsFromString } from 'node:v8'

// Imported for its effect, before anything that allocates. By itself V8 lets a heap with 45 MB of live objects grow to several times that
// before it collects, on a machine with much memory; the daemon's memory belongs to models. Heap limits cannot be set once it runs.
setFlagsFromString('--optimize-for-size')
