package fastfat

import (
	"gont/io"
	"gont/ke"
	"gont/nt"
)

// pagingFiles are the files that pages lie in, by the volume. A volume that has some cannot be
// dismounted; they are open, so that it cannot be locked either. Guarded by the driver's lock.
var pagingFiles = map[*volume]int{}

// pages reports whether a paging file is on the volume.
func (v *volume) pages() bool {
	driver.lock.Lock()
	defer driver.lock.Unlock()
	return pagingFiles[v] > 0
}

// queryRetrievalPointers is FSCTL_QUERY_RETRIEVAL_POINTERS: where a paging file lies on the disk.
// STATUS_INVALID_DEVICE_REQUEST for all but the kernel, STATUS_USER_MAPPED_FILE or
// STATUS_SHARING_VIOLATION for a file that a section uses.
func (v *volume) queryRetrievalPointers(irp *io.IRP) nt.Status {
	c := of(irp)
	where, ok := irp.Location().Argument.(*io.PagingExtents)
	switch {
	case irp.Mode != ke.KernelMode || !ok:
		return done(irp, nt.StatusInvalidDeviceRequest, 0)
	case c.fcb == nil || c.fcb.node.IsDirectory():
		return done(irp, nt.StatusInvalidParameter, 0)
	}
	if s := c.enter(true); !s.OK() {
		return done(irp, s, 0)
	}
	defer c.leave()
	s := c.fcb.inUse()
	if s.OK() {
		s = c.fcb.flush() // nothing of the cache's goes to the disk later
	}
	if !s.OK() {
		return done(irp, s, 0)
	}
	const atOnce = 256
	where.Device, where.Extents = v.target, nil
	for at := uint64(0); ; {
		runs, err := c.fcb.node.Runs(at, atOnce)
		if err != nil {
			return done(irp, status(err), 0)
		}
		for _, r := range runs {
			where.Extents = append(where.Extents, io.Extent{Offset: int64(r.Offset), Position: int64(r.Sector) * int64(v.fs.SectorSize()), Length: int64(r.Length)})
			at = r.Offset + r.Length
		}
		if len(runs) < atOnce {
			break
		}
	}
	driver.lock.Lock()
	pagingFiles[v]++
	driver.lock.Unlock()
	return done(irp, nt.StatusSuccess, 0)
}
