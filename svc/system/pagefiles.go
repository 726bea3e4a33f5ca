package system

import (
	"encoding/binary"

	"gont/mm"
	"gont/nt"
	"gont/svc"
)

// pageFileInformation is SystemPageFileInformation's answer, for a buffer of
// the program at va: a row for each paging file, with its name behind it.
func pageFileInformation(va uint64) (b []byte) {
	last := 0
	for i, f := range mm.PagingFiles() {
		at := len(b)
		if i > 0 {
			binary.LittleEndian.PutUint32(b[last:], uint32(at-last))
		}
		last = at
		v := nt.SystemPageFileInformation{TotalSize: f.Size, TotalInUse: f.InUse, PeakUsage: f.Peak}
		b = svc.AppendValue(b, &v)
		b, v.PageFileName = svc.AppendString(b, va, f.Name)
		copy(b[at:], svc.AsBytes(&v))
	}
	return b
}
