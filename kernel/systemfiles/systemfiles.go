// Package systemfiles is what the kernel itself keeps in files of the boot volume, once
// \SystemRoot leads to it: the SYSTEM hive (SPEC P1.22, X1), ntbtlog.txt (P1.31), the
// prefetcher's trace (P1.24), and the report of the last stop (K1). What is in the files
// belongs to cm, ex, cc and kernel/bugcheck; this package opens, writes, and says what went
// wrong. Nothing of it stops the system: one that has no boot volume, or whose boot volume
// cannot be written, runs on, and its registry is in memory alone.
//
// All is done in threads at PASSIVE_LEVEL: Start in the phase 1 thread, flushes in worker
// threads.
package systemfiles

import (
	"fmt"

	"gont/cm"
	"gont/ex"
	"gont/io"
	"gont/io/kfile"
	"gont/nt"
)

// Names of the files.
const (
	root       = `\SystemRoot\`
	bootLog    = root + `ntbtlog.txt`
	prefetch   = root + `Prefetch`
	bootTrace  = prefetch + `\NTOSBOOT.pf`
	stopReport = root + `MEMORY.LOG`
)

// What this package tells. Say is for who watches the console, Note for the boot's record
// alone. The kernel sets them before Start.
var (
	Say  = func(string) {}
	Note = func(string) {}
)

// ready says that the boot volume was there at Start.
var ready bool

// Start is called when boot-start drivers have run (end of P1.34). lastStop is the report of
// the last start's stop, "" for none. It reports whether the boot volume is there.
func Start(lastStop string) bool {
	damaged := prefetchBoot()
	s := connectHives()
	if ready = s.OK(); !ready {
		Say(fmt.Sprintf("The registry is not written to the disk: %v.", s))
		return false
	}
	if f, s := kfile.Open(root, kfile.Options{Access: nt.FileReadAttributes | nt.Synchronize, Disposition: nt.FileOpen,
		Create: nt.FileDirectoryFile, Share: nt.FileShareValid}); s.OK() {
		io.KeepLoaded(f.Object().RelatedDevice())
		f.Close()
	}
	if ex.TheBootLog.Enabled() {
		writeBootLog()
	}
	if lastStop != "" {
		if s := kfile.WriteFile(stopReport, kfile.UTF16(crlf(lastStop))); s.OK() {
			Note(`the report of the last stop is in ` + stopReport)
		} else {
			Say(fmt.Sprintf("%s cannot be written: %v.", stopReport, s))
		}
	}
	if damaged != "" {
		Note(damaged)
	}
	return true
}

// StartComplete is called at the end of phase 1 (P1.46): the boot log has all that phase 1
// has loaded, and the prefetcher's trace has been made.
func StartComplete() {
	if !ready {
		return
	}
	if ex.TheBootLog.Enabled() {
		writeBootLog()
	}
	if prefetched == nil {
		writeTrace(false) // a start that comes to nothing is better than none
	}
	endTraceLater()
}

// writeBootLog writes the whole log, in the place of that of the start before.
func writeBootLog() {
	if s := kfile.WriteFile(bootLog, ex.TheBootLog.File()); !s.OK() {
		Say(fmt.Sprintf("%s cannot be written: %v.", bootLog, s))
	}
}

// crlf ends lines as text files of NT's do.
func crlf(text string) string {
	b := make([]byte, 0, len(text)+len(text)/32)
	for i := range len(text) {
		if text[i] == '\n' && (i == 0 || text[i-1] != '\r') {
			b = append(b, '\r')
		}
		b = append(b, text[i])
	}
	return string(b)
}

// Shutdown writes the registry at the system's end (X1). It reports what could not be
// written: "" for nothing.
func Shutdown() string {
	if !ready {
		return ""
	}
	writeTrace(true)
	stopFlushing()
	if s := cm.FlushAll(); !s.OK() {
		return fmt.Sprintf("the registry could not be written: %v.", s)
	}
	return ""
}
