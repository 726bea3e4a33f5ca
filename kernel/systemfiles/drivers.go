package systemfiles

import (
	"gont/io"
	"gont/io/kfile"
	"gont/mm"
	"gont/nt"
)

// DriverFiles returns the function that finds a driver's file (io.ReadImage): among those that are kept, which
// OSLDR has read, or else on the boot volume, as soon as its drivers run (SPEC I3, I7). volume is the
// volume's name in the namespace. The status is the file system's; STATUS_INSUFFICIENT_RESOURCES for a
// file that is larger than a block of pool. PASSIVE_LEVEL, no locks.
func DriverFiles(kept *io.Images, volume string) func(path string) (io.Image, nt.Status) {
	return func(path string) (io.Image, nt.Status) {
		if i, s := kept.Read(path); s.OK() {
			return i, s
		}
		b, s := kfile.ReadFile(volume+path, mm.MaximumPoolBlock)
		return io.Image{Bytes: b}, s
	}
}
