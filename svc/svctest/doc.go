// Package svctest has no code: its tests run the system services on the host, by the
// numbers that programs use, on a model machine whose programs' memory is an address
// space of mm's.
package svctest
