package systemfiles

import (
	"bytes"
	"strings"

	"gont/io/kfile"
	"gont/nt"
)

// system32 is the directory of the system's programs.
const system32 = root + `System32\`

// Needless reports whether the kernel can do without a program that OSLDR has read: the boot volume has the
// image, and a process that runs it pages it in from there (SPEC I8). asked is the value of the option BOOTFILES;
// a program that it names is wanted from memory. So is the session manager, which is no argument here. A
// file of that name which is no image, as a compressed one, does not stand for the program. PASSIVE_LEVEL, no locks, after Start.
func Needless(name, asked string) bool {
	for f := range strings.SplitSeq(asked, ",") {
		if strings.EqualFold(f, name) {
			return false
		}
	}
	f, s := kfile.Open(system32+name, kfile.Options{Access: nt.FileReadData | nt.Synchronize, Disposition: nt.FileOpen, Share: nt.FileShareRead})
	if !s.OK() {
		return false
	}
	defer f.Close()
	magic := make([]byte, 2)
	_, err := f.ReadAt(magic, 0)
	return err == nil && bytes.Equal(magic, []byte("MZ"))
}
