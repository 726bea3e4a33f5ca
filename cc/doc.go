// Package cc is the cache manager: it copies between programs' buffers and the pages of files,
// reads ahead what is likely to be wanted, and sends what has changed to the disk by and by
// (the lazy writer); and it has the prefetcher's trace. The pages are mm's, shared with mapped
// views and images (mm.ControlArea), so there are no cache views of the cache's own.
//
// Locks: the list's, taken before those of the files behind it. IRQL: APC_LEVEL or below.
package cc
