package arc

import (
	"strings"
	"testing"
)

func write(region []byte, text string) {
	c := NewCrashReport(region)
	for i := range len(text) {
		c.Put(text[i])
	}
	c.Commit()
}

// TestCrashReport: a report is read once, as far as it had room and was sealed.
func TestCrashReport(t *testing.T) {
	region := make([]byte, 200)
	for i := range region {
		region[i] = 0xA5
	}
	if text, damaged := TakeCrashReport(region); text != "" || damaged {
		t.Errorf("memory that was never written to: %q, damaged %v", text, damaged)
	}
	write(region, "*** STOP")
	if text, damaged := TakeCrashReport(region); text != "*** STOP" || damaged {
		t.Errorf("%q, damaged %v", text, damaged)
	}
	if text, damaged := TakeCrashReport(region); text != "" || damaged {
		t.Errorf("a second time: %q, damaged %v", text, damaged)
	}
	write(region, strings.Repeat("x", 1000))
	if text, damaged := TakeCrashReport(region); text != strings.Repeat("x", 200-32) || damaged {
		t.Errorf("%d bytes, damaged %v", len(text), damaged)
	}
	// What is put after the seal, the system dying meanwhile.
	c := NewCrashReport(region)
	c.Put('a')
	c.Commit()
	c.Put('b')
	if text, damaged := TakeCrashReport(region); text != "a" || damaged {
		t.Errorf("%q, damaged %v", text, damaged)
	}
	for _, n := range []int{0, 31, 32} {
		short := make([]byte, n)
		write(short, "text")
		if text, damaged := TakeCrashReport(short); text != "" || damaged {
			t.Errorf("a region of %d bytes: %q, damaged %v", n, text, damaged)
		}
	}
	if n := testing.AllocsPerRun(10, func() { write(region, "text") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestCrashReportDamaged: whichever byte has changed, the report is not believed.
func TestCrashReportDamaged(t *testing.T) {
	const text = "*** STOP: 0x00000050"
	for at := range crashHead + len(text) {
		region := make([]byte, 100)
		write(region, text)
		region[at] ^= 0x40
		got, damaged := TakeCrashReport(region)
		reserved := at >= 24 && at < crashHead
		if reserved != (got == text) || at >= 8 && !reserved && !damaged {
			t.Errorf("byte %d: %q, damaged %v", at, got, damaged)
		}
	}
}
