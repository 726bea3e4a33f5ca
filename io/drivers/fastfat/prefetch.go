package fastfat

import (
	"gont/fs/fat"
	"gont/io"
	"gont/io/storage"
	"gont/ke"
	"gont/mm"
	"gont/nt"
)

// fatDevice is the disk as fs/fat sees it: it can read several runs at a time.
type fatDevice struct{ *storage.Disk }

// ReadMany implements fat.ManyReader.
func (d fatDevice) ReadMany(p [][]byte, sectors []uint64) []error {
	list, errs := make([]storage.Transfer, len(p)), make([]error, len(p))
	for i := range p {
		list[i] = storage.Transfer{Sector: sectors[i], Buffer: storage.Bytes(p[i])}
	}
	d.Runs(io.Read, list)
	for i := range list {
		errs[i] = list[i].Status.Err()
	}
	return errs
}

// prefetch is FSCTL_FILE_PREFETCH (P1.24). STATUS_INVALID_DEVICE_REQUEST for all but the kernel.
func (v *volume) prefetch(irp *io.IRP) nt.Status {
	p, ok := irp.Location().Argument.(*io.VolumePrefetch)
	if irp.Mode != ke.KernelMode || !ok {
		return nt.StatusInvalidDeviceRequest
	}
	if !p.Fetch {
		p.Serial, p.Table = v.fs.Serial(), nil
		for _, r := range v.fs.TableUsed() {
			p.Table = append(p.Table, io.SectorRun{First: r.Sector, Count: r.Count})
		}
		return nt.StatusSuccess
	}
	if p.Serial != v.fs.Serial() {
		return nt.StatusWrongVolume
	}
	runs := make([]fat.SectorRun, len(p.Table))
	for i, r := range p.Table {
		runs[i] = fat.SectorRun{Sector: r.First, Count: r.Count}
	}
	p.Sectors, p.Reads = v.fs.FetchTable(runs)
	return nt.StatusSuccess
}

// notStored is the status of a run that does not lie on the disk by sectors as it is.
const notStored = nt.StatusUnsuccessful

// framesBuffer is bytes of page frames: a storage.Buffer.
type framesBuffer struct {
	frames       []uint32
	from, length int
}

// Len is how many bytes there are.
func (b *framesBuffer) Len() int { return b.length }

// Piece returns the bytes from offset on that lie in one frame.
func (b *framesBuffer) Piece(offset int) []byte {
	if offset < 0 || offset >= b.length {
		return nil
	}
	at := b.from + offset
	in := at % mm.PageSize
	return mm.Frame(b.frames[at/mm.PageSize])[in:min(mm.PageSize, in+b.length-offset)]
}

// Address is where the byte at an offset lies, and how many bytes lie behind it in one piece (storport).
func (b *framesBuffer) Address(offset int) (physical uint64, n int) {
	if offset < 0 || offset >= b.length {
		return 0, 0
	}
	at := b.from + offset
	i, in := at/mm.PageSize, at%mm.PageSize
	n = mm.PageSize - in
	for k := i + 1; k < len(b.frames) && b.frames[k] == b.frames[k-1]+1; k++ {
		n += mm.PageSize
	}
	return uint64(b.frames[i])<<mm.PageShift + uint64(in), min(n, b.length-offset)
}

// transfers appends a transfer for each run of a part of the file, which begins at offset at and with the frames.
func (s *store) transfers(list []storage.Transfer, runs []fat.Run, at uint64, frames []uint32) []storage.Transfer {
	for _, r := range runs {
		list = append(list, storage.Transfer{Sector: r.Sector * uint64(s.v.fs.SectorSize()) / uint64(s.v.disk.Size),
			Buffer: &framesBuffer{frames, int(r.Offset - at), int(r.Length)}})
	}
	return list
}

// ReadMany implements mm.ManyReader: the disk writes to the frames themselves, and all runs are under way at a
// time. It holds no lock while the disk reads. Clusters that the file gives up meanwhile belong to pages that the cache gives
// up, too; what was read to these nobody sees. A run that does not lie on the disk as it is fails, and is read
// the other way.
func (s *store) ReadMany(runs []mm.PageRun) []nt.Status {
	status := make([]nt.Status, len(runs))
	var list []storage.Transfer
	var of []int // which run a transfer is of
	ends := make([]uint64, len(runs))
	for i, r := range runs {
		at := uint64(r.Page) * mm.PageSize
		where, size, ok := s.x.node.Stored(at, uint64(len(r.Frames))*mm.PageSize)
		if !ok {
			status[i] = notStored
			continue
		}
		ends[i] = size
		list = s.transfers(list, where, at, r.Frames)
		for range where {
			of = append(of, i)
		}
	}
	s.v.disk.Runs(io.Read, list)
	for k := range list {
		if !list[k].Status.OK() {
			status[of[k]] = list[k].Status
		}
	}
	for i, r := range runs { // what lies behind the file's end is zeros
		if !status[i].OK() {
			continue
		}
		for k, f := range r.Frames {
			if at := uint64(int(r.Page)+k) * mm.PageSize; at+mm.PageSize > ends[i] {
				clear(mm.Frame(f)[max(at, ends[i])-at:])
			}
		}
	}
	return status
}
