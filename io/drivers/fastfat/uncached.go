package fastfat

import (
	"gont/cc"
	"gont/fs/fat"
	"gont/io"
	"gont/io/storage"
	"gont/mm"
	"gont/nt"
)

// Handles with FILE_NO_INTERMEDIATE_BUFFERING: data go between the disk and the program's pages, past the page cache. What the
// cache has of the bytes is written before, and after a write given up, so that everybody sees the same. The I/O manager has seen to it that offset and length
// are whole sectors of the disk.

// part is n bytes of a buffer, from a place on: a storage.Buffer.
type part struct {
	storage.Buffer
	from, n int
}

// Len is how many bytes there are.
func (p *part) Len() int { return p.n }

// Piece returns the bytes from offset on that lie in one piece.
func (p *part) Piece(offset int) []byte {
	if offset < 0 || offset >= p.n {
		return nil
	}
	b := p.Buffer.Piece(p.from + offset)
	return b[:min(len(b), p.n-offset)]
}

// transferRuns moves the bytes of runs, the first of which begins at offset at of the file and at the buffer's beginning.
func (x *fcb) transferRuns(major uint8, runs []fat.Run, at uint64, b storage.Buffer) nt.Status {
	v := x.volume
	list := make([]storage.Transfer, len(runs))
	for i, r := range runs {
		list[i] = storage.Transfer{Sector: r.Sector * uint64(v.fs.SectorSize()) / uint64(v.disk.Size), Buffer: &part{b, int(r.Offset - at), int(r.Length)}}
	}
	v.disk.Runs(major, list)
	for i := range list {
		if !list[i].Status.OK() {
			return list[i].Status
		}
	}
	return nt.StatusSuccess
}

// pagesOf are the pages that bytes lie in.
func pagesOf(at uint64, length int) (first, count int) {
	first = int(at / mm.PageSize)
	return first, int((at+uint64(length)+mm.PageSize-1)/mm.PageSize) - first
}

// readUncached reads from the disk. ok is false, and nothing is done, where the bytes do not lie there by sectors: they are
// read by way of the cache then. The file's end is at size or behind. resource is held.
func (x *fcb) readUncached(m *cc.Map, at uint64, length int, b storage.Buffer) (n int, s nt.Status, ok bool) {
	if s := m.Flush(at, uint64(length)); !s.OK() {
		return 0, s, true
	}
	runs, size, ok := x.node.Stored(at, uint64(length))
	if !ok || len(runs) == 0 {
		return 0, 0, false
	}
	last := runs[len(runs)-1]
	stored := int(last.Offset + last.Length - at)
	if stored > length {
		return 0, 0, false // the volume's sectors are larger than the disk's
	}
	if s := x.transferRuns(io.Read, runs, at, b); !s.OK() {
		return 0, s, true
	}
	n = int(min(uint64(length), size-at))
	clearPart(b, n, stored)
	return n, nt.StatusSuccess, true
}

// writeUncached writes to the disk, over bytes that the file has there already. ok is false, and nothing is done, where there are
// others among them, or where a program maps the file: they are written by way of the cache then. resource is held exclusively.
func (x *fcb) writeUncached(m *cc.Map, at uint64, length int, b storage.Buffer) (s nt.Status, ok bool) {
	if s := m.Flush(at, uint64(length)); !s.OK() {
		return s, true
	}
	first, count := pagesOf(at, length)
	if !m.Area.PurgeRange(first, count) {
		return 0, false
	}
	ok, err := x.node.InPlace(at, uint64(length), func(runs []fat.Run) error {
		last := runs[len(runs)-1]
		if last.Offset+last.Length != at+uint64(length) {
			return nt.StatusInvalidParameter
		}
		return x.transferRuns(io.Write, runs, at, b).Err()
	})
	if !ok {
		return 0, false
	}
	// Somebody may have read a page ahead meanwhile, or have mapped and read it.
	if err == nil && !m.Area.PurgeRange(first, count) {
		if _, s := m.Write(at, length, b); !s.OK() {
			return s, true
		}
		return m.Flush(at, uint64(length)), true
	}
	return status(err), true
}
