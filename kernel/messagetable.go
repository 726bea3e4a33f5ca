//go:build kernel

package main

import (
	"fmt"
	"unsafe"

	"gont/cm/control"
	"gont/ex"
	"gont/kd/dbgprint"
	"gont/kernel/messages"
	"gont/nt"
)

// kernelMessages is the kernel's message table: found in the kernel's own image, as it is
// loaded, from P0.6 on.
var kernelMessages messages.Table

// initBugCheckStrings (SPEC P0.6): the path of the system, and what the stop screen says, are
// found once and kept. Without the message table stops have no texts.
func initBugCheckStrings() nt.Status {
	if n := len(loader.systemRoot); n < 2 || loader.systemRoot[0] != '\\' || loader.systemRoot[n-1] != '\\' {
		return fail(fmt.Errorf("the system's path %q is not from the root, or names no folder", loader.systemRoot))
	}
	if len(messages.Section) == 0 {
		return fail(fmt.Errorf("the kernel was built without messages"))
	}
	kernelMessages.Image = unsafe.Slice((*byte)(pointer(uintptr(loader.kernel.DllBase))), loader.kernel.SizeOfImage)
	var codes []uint32
	for _, code := range ex.BugCodes() {
		codes = append(codes, uint32(code))
	}
	if err := kernelMessages.KeepStopTexts(codes); err != nil {
		dbgprint.Line("P0.6: messages: " + err.Error())
	}
	return nt.StatusSuccess
}

// version is what runs.
func version() messages.Version {
	return messages.Version{Major: nt.NtMajor, Minor: nt.NtMinor, Build: nt.NtBuild, CSDBuild: int(settings.Number(control.CSDBuildNumber)),
		Pack: ex.CSDString(uint32(settings.Number(control.CSDVersion)))}
}

func banner() string { return kernelMessages.Banner(version()) }
