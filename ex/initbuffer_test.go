package ex

import (
	"strings"
	"testing"

	"gont/ke"
	"gont/mm"
	"gont/nt"
)

// TestInitBuffer (P1.1.1, P1.46): a text fits or is refused; without pool there is no buffer.
func TestInitBuffer(t *testing.T) {
	simulate(t, func(w *world) {
		ke.FailAllocation(1)
		w.expect("without pool", AllocateInitBuffer(), nt.StatusNoMemory)
		ke.EndFailAllocation()
		w.expect("with pool", AllocateInitBuffer(), nt.StatusSuccess)
		text, ok := InitText("%d of %d", 3, 4)
		w.expect("a text", text, "3 of 4")
		w.expect("it fits", ok, true)
		_, ok = InitText("%s", strings.Repeat("x", initBufferSize))
		w.expect("1024 bytes fit", ok, true)
		_, ok = InitText("%s!", strings.Repeat("x", initBufferSize))
		w.expect("1025 bytes do not", ok, false)
		before := mm.QueryCounts().Available()
		ke.FailAllocation(1)
		w.expect("a copy without pool", InitCopy([]byte("abc")) == nil, true)
		ke.EndFailAllocation()
		for range 100 {
			w.expect("a copy", string(InitCopy([]byte("parameters"))), "parameters")
			InitCopy(make([]byte, 3000))
		}
		FreeInitBuffer()
		if now := mm.QueryCounts().Available(); now+8 < before || initCopies != nil {
			t.Errorf("%d pages were available, %d are", before, now)
		}
	})
}

// TestFailure: the stop of a step, and of a part of a step, is that which is declared.
func TestFailure(t *testing.T) {
	code, p, text := Failure("P0.1", "P0.1", nt.StatusNoMemory)
	if code != PhaseZeroInitialization || p[0] != uint64(uint32(nt.StatusNoMemory)) && p[0] != uint64(nt.StatusNoMemory) || text != "P0.1 KiSystemStartup" {
		t.Errorf("%v %#x %q", code, p, text)
	}
	code, _, text = Failure("P1.43", "P1.43.2", nt.StatusNoMemory)
	if code != FindStep("P1.43.2").StopCode() || !strings.HasPrefix(text, "P1.43 ") || !strings.HasSuffix(text, ", "+FindStep("P1.43.2").Name) {
		t.Errorf("%v %q", code, text)
	}
	if _, _, text := Failure("P1.43", "", nt.StatusNoMemory); strings.Contains(text, ",") {
		t.Errorf("without a part: %q", text)
	}
}
