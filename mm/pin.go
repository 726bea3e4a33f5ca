package mm

import "sync/atomic"

// Pins keep a page of a file where it is while somebody copies bytes of it, without a lock: who
// reads a file that is in memory takes none of this package's. A pin is a word that names a
// frame; there are a few for the whole system, because whoever has one does not wait. What
// the page's prototype says stays as it is, so a page on the standby list stays on that list.
//
// The one who pins a page writes the pin and then looks whether the prototype still says the
// same. The one who takes a page from the standby list marks the prototype (pteTaken) and
// then looks at the pins. One of them sees the other.
//
// A pin sets the prototype's PteAccessed, as a processor sets that of an entry it uses, so that the page is not the
// next to be taken although it has not moved on the list. A trace of the file (TraceUse) has it cleared first.

// pinCount is how many pages can be pinned at a time. Who finds no pin free holds the page
// (Hold) instead.
const pinCount = 16

// pin is a pin: the number of a frame and one, or 0. It has a line of the processor's cache for itself.
type pin struct {
	frame atomic.Uint32
	_     [60]byte
}

var pins [pinCount]pin

// Pin is a page that is kept where it is until Unpin.
type Pin struct {
	of    *pin
	Frame uint32
}

// Pin pins page i of the file if it is in memory; of is nil where it is not, is just being read, or the
// one who wants it has to take the long way (Hold). Until Unpin the caller may not wait, nor
// call a dispatch point. IRQL: any up to APC_LEVEL.
func (c *ControlArea) Pin(i int) (p Pin, ok bool) {
	near := c.data.near.Load()
	if near == nil || uint(i)/prototypes >= uint(len(*near)) {
		return Pin{}, false
	}
	t := (*near)[uint(i)/prototypes].Load()
	if t == 0 {
		return Pin{}, false
	}
	entry := &table(t)[uint(i)%prototypes]
	e := entry.load()
	if e&(PtePresent|PteTransition) == 0 || e&(pteTaken|pteReading) != 0 {
		return Pin{}, false
	}
	if e&PteAccessed == 0 {
		// The page has not been used since it is where it is, or for long.
		if !c.data.file.noted(i) || !entry.replace(e, e|PteAccessed) {
			return Pin{}, false
		}
		e |= PteAccessed
	}
	at := &pins[0]
	if !at.frame.CompareAndSwap(0, e.pfn()+1) {
		if at = anotherPin(e.pfn()); at == nil {
			return Pin{}, false
		}
	}
	if entry.load() == e && c.data.file.purging.Load() == 0 {
		return Pin{at, e.pfn()}, true
	}
	at.frame.Store(0)
	return Pin{}, false
}

// anotherPin takes a free pin for a frame; nil when there is none.
func anotherPin(n uint32) *pin {
	for k := range pins {
		if pins[k].frame.CompareAndSwap(0, n+1) {
			return &pins[k]
		}
	}
	return nil
}

// Unpin ends a Pin.
func (p Pin) Unpin() { p.of.frame.Store(0) }

// MarkDirty says that the page has been written to. It is called before Unpin.
func (p Pin) MarkDirty() {
	d := &pfns
	d.mu.Lock()
	f := &d.pfn[p.Frame]
	if !f.modified {
		f.modified = true
		d.fileDirty(f)
		if f.list == StandbyList {
			d.unlink(p.Frame)
			d.link(p.Frame, ModifiedFileList)
		}
	}
	d.mu.Unlock()
}

// pinned reports whether somebody has pinned a frame.
func isPinned(n uint32) bool {
	for k := range pins {
		if pins[k].frame.Load() == n+1 {
			return true
		}
	}
	return false
}

// secondChances is how many pages AllocatePage passes over at most because they have been used
// since they were put on the standby list.
const secondChances = 16

// forget makes the entry of the standby list's first page forget it. Pages of files that are
// pinned, and some of those that have been used without leaving the list, go to
// its end first. It reports whether there is a page. Preconditions: the PFN lock is held, and
// the page is taken next.
func (d *pfnDatabase) forget() bool {
	for tries := 0; tries <= secondChances+pinCount; tries++ {
		n := d.head[StandbyList]
		if n == noPage {
			return false
		}
		p := &d.pfn[n]
		to := entry(p.pte)
		if p.use == UseFile {
			e := to.load()
			used := e&PteAccessed != 0 && tries < secondChances
			if !used {
				to.store(e | pteTaken)
			}
			if used || isPinned(n) {
				to.store(e &^ PteAccessed)
				d.unlink(n)
				d.link(n, StandbyList)
				continue
			}
		}
		to.store(p.original)
		p.original = 0
		return true
	}
	return false
}
