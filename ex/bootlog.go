package ex

import (
	"fmt"
	"unicode/utf16"

	"gont/ke"
)

// BootLog is what ntbtlog.txt will say (BOOTLOG, SPEC P1.31): which images were loaded,
// and which were not. It is in memory until there is a volume to write it to.
type BootLog struct {
	mu      ke.FastMutex
	enabled bool
	lines   []string
	print   func(string)

	// Loaded is called for each image, whether there is a log or not, once it is not nil.
	Loaded func(path string, loaded bool)
}

// maximumBootLog is how many lines the log keeps; one that says so is the last.
const maximumBootLog = 4096

// TheBootLog is the system's.
var TheBootLog BootLog

// Enable begins the log; print is called for each line as it comes. Before, nothing is
// logged.
func (b *BootLog) Enable(print func(string)) {
	b.mu.Lock()
	b.enabled, b.print = true, print
	b.mu.Unlock()
}

// Enabled reports whether BOOTLOG was given.
func (b *BootLog) Enabled() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.enabled
}

// Header adds a line that names no image.
func (b *BootLog) Header(line string) { b.add(line) }

// Image logs an image: the kernel, a driver. APC_LEVEL or below.
func (b *BootLog) Image(path string, loaded bool) {
	if b.Loaded != nil {
		b.Loaded(path, loaded)
	}
	if loaded {
		b.add("Loaded driver " + path)
	} else {
		b.add("Did not load driver " + path)
	}
}

func (b *BootLog) add(line string) {
	b.mu.Lock()
	if !b.enabled || len(b.lines) == maximumBootLog {
		b.mu.Unlock()
		return
	}
	if len(b.lines) == maximumBootLog-1 {
		line = fmt.Sprintf("The log is full: it has %d lines.", maximumBootLog)
	}
	b.lines = append(b.lines, line)
	print := b.print
	b.mu.Unlock()
	print(line)
}

// Lines returns the log.
func (b *BootLog) Lines() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.lines...)
}

// File is the log as ntbtlog.txt has it: UTF-16, little endian, with a byte-order mark.
func (b *BootLog) File() []byte {
	out := []byte{0xFF, 0xFE}
	for _, l := range b.Lines() {
		for _, u := range utf16.Encode([]rune(l + "\r\n")) {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return out
}
