//go:build ntuser

package main

import (
	"fmt"
	"math/rand/v2"

	"gont/nt"
	"gont/ntdll"
)

// kinds are the workers. A round is short (some tenths of a second at most on an
// idle machine) and returns what is wrong; end takes away what the rounds have left.
var kinds = []struct {
	name  string
	round func(w *hand) error
	end   func(w *hand) error
}{
	{"processes", processRound, nil},
	{"threads", threadRound, nil},
	{"waits", waitRound, nil},
	{"memory", memoryRound, nil},
	{"sections", sectionRound, nil},
	{"faults", faultRound, nil},
	{"files", filesRound, filesEnd},
	{"views", viewsRound, viewsEnd},
}

// hand is what a round has.
type hand struct {
	*rand.Rand
	slot  *slot
	state any // of the kind, from round to round
}

// step says where in its round a worker is.
func (w *hand) step(n uint64) { w.slot.step.Store(n) }

// work goes round after round until it is told to end. With stand it stops in the
// tenth round.
func work(n int, seed uint64, stand bool) nt.Status {
	b, err := openBoard()
	if err != nil {
		fmt.Println("SOAK worker:", err)
		return nt.StatusUnsuccessful
	}
	w := &hand{Rand: rand.New(rand.NewPCG(seed, uint64(n))), slot: b.slots[n]}
	for b.stop.Load() == 0 {
		if err := kinds[n].round(w); err != nil {
			w.slot.fail(err)
			return nt.StatusUnsuccessful
		}
		if w.slot.rounds.Add(1) == 10 && stand {
			ntdll.NtWaitForSingleObject(nt.CurrentProcess, false, nil)
		}
	}
	if end := kinds[n].end; end != nil {
		if err := end(w); err != nil {
			w.slot.fail(err)
			return nt.StatusUnsuccessful
		}
	}
	return nt.StatusSuccess
}

// expect fails when a status is not the one wanted.
func expect(what string, got, want nt.Status) error {
	if got != want {
		return fmt.Errorf("%s: %v, expected %v", what, got, want)
	}
	return nil
}

// scarce reports whether a status says only that there is not enough of
// something now.
func scarce(s nt.Status) bool {
	return s == nt.StatusCommitmentLimit || s == nt.StatusNoMemory || s == nt.StatusInsufficientResources
}

// wait waits for an object, a minute at most.
func wait(what string, h nt.Handle) error {
	limit := int64(-60 * second)
	return expect(what, ntdll.NtWaitForSingleObject(h, false, &limit), nt.StatusSuccess)
}

// allocate commits memory of this process; 0 when there is none now.
func allocate(size uint64, typ, protect uint32) (uint64, error) {
	base, _, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, size, typ, protect)
	if scarce(s) {
		return 0, nil
	}
	return base, expect("NtAllocateVirtualMemory", s, 0)
}

func release(base uint64) error {
	return expect("MEM_RELEASE", ntdll.NtFreeVirtualMemory(nt.CurrentProcess, base, 0, nt.MemRelease), 0)
}
