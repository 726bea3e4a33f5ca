// Package regf is the registry's hive format: keys, values and security
// descriptors in the cells of a file, changed in memory and flushed through a
// log. The loader, the kernel's configuration manager and the host tools use it.
//
// It reads versions 1.3 to 1.6 and writes 1.5. docs/registry.md tells of the
// format. Sources: M. Suhanov, "Windows registry file format specification"
// (github.com/msuhanov/regf), and what hivex, reglookup and Windows' own hives
// hold.
//
// The bytes of a hive lie in bins that a Memory gives; in the kernel this is
// pool. Beside them a Hive keeps a directory of the bins and bitmaps, which the
// collector does not look into: a big hive costs it nothing. A key is named by
// its cell, a number; no Go object stands for it.
//
// A Hive has no lock. Its caller lets many readers in, or one that changes it:
// functions that only read change nothing, caches neither. Times are FILETIMEs,
// units of 100 ns since 1601 (UTC); the caller gives them. Names are UTF-16 code
// units, because NT takes any; Encode and Decode turn them from and to strings.
//
// Cells that a caller passes must come from the same Hive and still be there.
package regf
