//go:build kernel

package hal

import "unsafe"

// Ways to zero pages, which is all that the zero-page thread does (SPEC P1.47).
// Each zeroes up to pages pages from p on and returns how many it has, at least
// one: after every page it looks whether an interrupt has left work for this
// processor (Attention), and comes back if so. So whoever wants the processor
// waits for a page, not for a batch.
// Preconditions: pages > 0; p is aligned to a page. Any IRQL; no locks.

// ZeroPagesNT goes past the cache, which leaves to others what they have in it.
func ZeroPagesNT(p unsafe.Pointer, pages int) (done int)

// ZeroPagesSSE stores 16 bytes at a time, through the cache.
func ZeroPagesSSE(p unsafe.Pointer, pages int) (done int)

// ZeroPagesMov stores 8 bytes at a time.
func ZeroPagesMov(p unsafe.Pointer, pages int) (done int)

// ZeroPagesStosq and ZeroPagesStosb are REP STOSQ and REP STOSB (SDM vol. 1,
// 7.3.9.3: the second may be the fast one).
func ZeroPagesStosq(p unsafe.Pointer, pages int) (done int)
func ZeroPagesStosb(p unsafe.Pointer, pages int) (done int)
