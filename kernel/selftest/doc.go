// Package selftest makes the kernel test itself (SELFTEST=), go wrong on purpose
// (CRASH=), and measure what only it can (SELFTEST=bench). What it needs of the
// kernel is handed in by one struct, Kernel.
package selftest
