//go:build kernel

package main

import (
	"fmt"
	"strconv"
	"unsafe"

	"gont/cm/control"
	"gont/ex"
	"gont/kd/dbgprint"
	"gont/kernel/messages"
	"gont/nt"
	"gont/rtl/message"
)

// The kernel's message table (SPEC P0.6, P1.5): found in the kernel's own image, as it is loaded.

// kernelImage is the image from its headers on.
func kernelImage() []byte {
	return unsafe.Slice((*byte)(pointer(uintptr(loader.kernelBase))), loader.kernelSize)
}

// findMessage is RtlFindMessage over the kernel's image.
func findMessage(id uint32) (string, error) {
	return message.Find(kernelImage(), message.English, id)
}

// bugTexts are the texts of stop codes, so that the stop screen need not look for them; the
// last ones are of its last line.
var bugTexts struct {
	codes            [64]ex.BugCode
	texts            [64]string
	n                int
	halted, restarts string
}

func init() { bugTexts.halted, bugTexts.restarts = haltedText, restartsText }

// initBugCheckStrings (SPEC P0.6): the path of the system, and what the stop screen says, are
// found once and kept. Without the message table stops have no texts.
func initBugCheckStrings() nt.Status {
	checkFlags()
	if n := len(loader.systemRoot); n < 2 || loader.systemRoot[0] != '\\' || loader.systemRoot[n-1] != '\\' {
		return fail(fmt.Errorf("the system's path %q is not from the root, or names no folder", loader.systemRoot))
	}
	if len(messages.Section) == 0 {
		return fail(fmt.Errorf("the kernel was built without messages"))
	}
	b := &bugTexts
	for _, code := range ex.BugCodes() {
		if text, err := findMessage(uint32(code)); err == nil && b.n < len(b.codes) {
			b.codes[b.n], b.texts[b.n] = code, message.Format(text)
			b.n++
		} else if err != message.ErrNotFound && err != nil {
			dbgprint.Line("P0.6: messages: " + err.Error())
			return nt.StatusSuccess
		}
	}
	b.halted, b.restarts = bootMessage(messages.StopHalted, haltedText), bootMessage(messages.StopRestarts, restartsText)
	return nt.StatusSuccess
}

// What the stop screen ends with where there are no messages, or not yet.
const (
	haltedText   = "The system has been halted."
	restartsText = "The system restarts."
)

// bugText is a stop code's text, "" for none. It allocates nothing.
func bugText(code ex.BugCode) string {
	for i := range bugTexts.n {
		if bugTexts.codes[i] == code {
			return bugTexts.texts[i]
		}
	}
	return ""
}

// bootMessage is a message of the table with its arguments, or fixed with them, where the
// table does not have it.
func bootMessage(id uint32, fixed string, arguments ...string) string {
	text, err := findMessage(id)
	if err != nil {
		text = fixed
	}
	return message.Format(text, arguments...)
}

// versionArguments are those of the messages that say what runs: version, build, service
// pack.
func versionArguments() []string {
	build := strconv.Itoa(nt.NtBuild)
	if n := settings.Number(control.CSDBuildNumber); n != 0 {
		build += "." + strconv.Itoa(int(n))
	}
	pack := ex.CSDString(uint32(settings.Number(control.CSDVersion)))
	if pack != "" {
		pack = bootMessage(messages.WindowsNtCsdString, ": %1", pack)
	}
	return []string{fmt.Sprintf("%d.%d", nt.NtMajor, nt.NtMinor), build, pack}
}

// banner is what runs (SPEC P0.11, P1.5).
func banner() string {
	return bootMessage(messages.WindowsNtBanner, fixedBanner, versionArguments()...)
}

// fixedBanner is for a kernel whose message table cannot be read.
const fixedBanner = "GoNT Operating System Version %1 (Build %2%3)"

// processorLine is what P1.8 says.
func processorLine(processors int, megabytes uint64) string {
	id, fixed := uint32(messages.WindowsNtInfoStringPlural), "%1 System Processors [%2 MB Memory] %3"
	kind := bootMessage(messages.WindowsNtMpString, "MultiProcessor Kernel")
	if processors == 1 {
		id, fixed = messages.WindowsNtInfoString, "%1 System Processor [%2 MB Memory] %3"
		kind = bootMessage(messages.WindowsNtUpString, "Uniprocessor Kernel")
	}
	return bootMessage(id, fixed, strconv.Itoa(processors), strconv.FormatUint(megabytes, 10), kind)
}
