// Package fsrtl is the file-system run-time library (SPEC P1.26): names and expressions
// with wildcards, byte-range locks, notification of changes in directories, and maps of a
// file's runs. It knows no file and no machine; file systems use it.
//
// Locks: each object has its own, a leaf; callbacks are called without it.
package fsrtl
