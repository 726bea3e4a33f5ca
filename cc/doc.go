// Package cc is the cache manager as far as there is one without file systems: the lazy
// writer, which sends what has changed to the disk by and by; when to read ahead; and the
// prefetcher's trace. The pages of files will be mm's, shared with mapped views, so there
// are no cache views of the cache's own.
//
// Locks: the list's, taken before those of the files behind it. IRQL: APC_LEVEL or below.
package cc
