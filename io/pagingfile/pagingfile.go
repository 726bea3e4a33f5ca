// Package pagingfile is paging to a file of a volume (SPEC S3, X2). The file is made and
// opened once; the file system says where it lies on the disk (FSCTL_QUERY_RETRIEVAL_POINTERS),
// and from then on pages go to and from the disk's class driver directly: no file system's
// code, no cache and no allocation is in the way of a page. The file stays open, shared with
// nobody, until the system ends, so that nobody can write to it, make it shorter, rename or
// delete it; the file system refuses to dismount the volume.
package pagingfile

import (
	"sort"

	"gont/io"
	"gont/io/kfile"
	"gont/ke"
	"gont/mm"
	"gont/nt"
)

// MinimumSize is the least size of a paging file, bytes (NT's MM_MINIMUM_PAGEFILE).
const MinimumSize = 1 << 20

// Create is NtCreatePagingFile's work: it makes a paging file of size bytes, cut to whole
// pages, and gives it to the memory manager; a file that is there already gets this size.
// A file that becomes longer is filled with zeros first. name is a full one.
// STATUS_INVALID_PARAMETER for a size below MinimumSize or above what a paging file may
// have; STATUS_DISK_FULL; STATUS_SHARING_VIOLATION when somebody has the file open, also
// when it is a paging file already; STATUS_TOO_MANY_PAGING_FILES;
// STATUS_INVALID_DEVICE_REQUEST when the file system cannot say where the file lies.
// PASSIVE_LEVEL.
func Create(name string, size int64) nt.Status {
	pages := size / mm.PageSize
	if size < MinimumSize || pages > mm.MaximumPagingFile {
		return nt.StatusInvalidParameter
	}
	if len(mm.PagingFiles()) >= mm.MaximumPagingFiles {
		return nt.StatusTooManyPagingFiles
	}
	p, s := Open(name, pages*mm.PageSize)
	if s.OK() {
		if s = mm.CreatePagingFile(name, p, uint32(pages)); !s.OK() {
			p.file.Close()
		}
	}
	return s
}

// Open opens or makes a file that is to be paged to, of size bytes, which are whole pages. A
// file that was made for it is deleted after an error. The errors are Create's.
func Open(name string, size int64) (*Store, nt.Status) {
	f, s := kfile.Open(name, kfile.Options{Access: access, Disposition: nt.FileOpenIf, Attributes: nt.FileAttributeHidden | nt.FileAttributeSystem})
	if !s.OK() {
		return nil, s
	}
	p, s := prepare(f, size)
	if !s.OK() {
		if f.Made {
			f.Delete()
		}
		f.Close()
	}
	return p, s
}

// access is what the file is opened for.
const access = nt.FileReadData | nt.FileWriteData | nt.FileReadAttributes | nt.FileWriteAttributes | nt.Delete | nt.Synchronize

// prepare brings the file to its size and finds out where it lies.
func prepare(f *kfile.File, size int64) (*Store, nt.Status) {
	have, err := f.Size()
	if err == nil && have != size {
		err = f.Truncate(size)
	}
	if err == nil {
		err = f.Sync() // the entry has its size, and new clusters are zeros
	}
	if err != nil {
		return nil, err.(nt.Status)
	}
	where := &io.PagingExtents{}
	if s := f.Object().RequestKernel(func(l *io.StackLocation) {
		l.Major, l.Minor, l.Code, l.Argument = io.FileSystemControl, io.UserFsRequest, nt.FsctlQueryRetrievalPointers, where
	}, nil); !s.OK() {
		return nil, s
	}
	return newStore(f, where, size)
}

// requests is how many requests a paging file has with the disk at a time; who comes then
// waits.
const requests = 8

// Store is a paging file: an mm.PageStore.
type Store struct {
	file    *kfile.File // stays open
	device  *io.Device
	extents []io.Extent // ascending, without holes

	lock  ke.SpinLock
	free  *request
	count *ke.Semaphore // of those in free
}

// request is a request to the disk, made once.
type request struct {
	irp   *io.IRP
	done  *ke.Event
	pages pages
	next  *request
}

// newStore checks what the file system has said, and makes all requests.
func newStore(f *kfile.File, where *io.PagingExtents, size int64) (*Store, nt.Status) {
	at := int64(0)
	for _, e := range where.Extents {
		if e.Offset != at || e.Length <= 0 {
			return nil, nt.StatusFileCorruptError
		}
		at += e.Length
	}
	if at < size || where.Device == nil {
		return nil, nt.StatusFileCorruptError
	}
	io.KeepLoaded(f.Object().RelatedDevice())
	p := &Store{file: f, device: where.Device, extents: where.Extents, count: ke.NewSemaphore(requests, requests)}
	for range requests {
		p.free = &request{irp: io.AllocateIrp(p.device.StackSize), done: ke.NewEvent(nt.NotificationEvent, false), next: p.free}
	}
	return p, nt.StatusSuccess
}

// ReadPages implements mm.PageStore.
func (p *Store) ReadPages(page uint32, frames []uint32) nt.Status {
	return p.transfer(io.Read, page, frames)
}

// WritePages implements mm.PageStore.
func (p *Store) WritePages(page uint32, frames []uint32) nt.Status {
	return p.transfer(io.Write, page, frames)
}

// Flush returns when what was written is safe from a power cut; the system's end alone needs
// that.
func (p *Store) Flush() nt.Status {
	r := p.take()
	r.pages = pages{}
	s := p.send(r, io.FlushBuffers, 0)
	p.give(r)
	return s
}

// transfer moves pages, a request for each extent that they lie in.
func (p *Store) transfer(major uint8, page uint32, frames []uint32) nt.Status {
	r := p.take()
	r.pages = pages{frames: frames}
	at, left := int64(page)*mm.PageSize, len(frames)*mm.PageSize
	i := sort.Search(len(p.extents), func(i int) bool { return at < p.extents[i].Offset+p.extents[i].Length })
	s := nt.Status(nt.StatusSuccess)
	for ; left > 0 && s.OK(); i++ {
		e := &p.extents[i]
		r.pages.length = int(min(int64(left), e.Offset+e.Length-at))
		s = p.send(r, major, e.Position+at-e.Offset)
		at += int64(r.pages.length)
		left -= r.pages.length
		r.pages.from += r.pages.length
	}
	r.pages = pages{}
	p.give(r)
	return s
}

// take waits for a request that nobody uses.
func (p *Store) take() *request {
	ke.WaitForSingleObject(p.count, ke.KernelMode, false, nil)
	p.lock.Lock()
	r := p.free
	p.free = r.next
	p.lock.Unlock()
	return r
}

func (p *Store) give(r *request) {
	p.lock.Lock()
	r.next, p.free = p.free, r
	p.lock.Unlock()
	p.count.Release(1)
}

// send gives the request's pages to the disk and waits.
func (p *Store) send(r *request, major uint8, position int64) nt.Status {
	r.irp.Reuse(nt.StatusSuccess)
	r.done.Reset()
	l := r.irp.NextLocation()
	l.Major, l.Length, l.ByteOffset, l.Argument = major, uint32(r.pages.length), position, &r.pages
	r.irp.SetCompletionRoutine(completed, r, true, true, true)
	if io.CallDriver(p.device, r.irp) == nt.StatusPending {
		ke.WaitForSingleObject(r.done, ke.KernelMode, false, nil)
	}
	return r.irp.IoStatus.Status
}

// completed tells who waits.
func completed(_ *io.Device, irp *io.IRP, context any) nt.Status {
	if irp.PendingReturned {
		context.(*request).done.Set()
	}
	return nt.StatusMoreProcessingRequired
}

// pages are bytes of page frames: a storage.Buffer.
type pages struct {
	frames       []uint32
	from, length int
}

// Len is how many bytes there are.
func (b *pages) Len() int { return b.length }

// Piece returns the bytes from offset on that lie in one frame.
func (b *pages) Piece(offset int) []byte {
	if offset < 0 || offset >= b.length {
		return nil
	}
	at := b.from + offset
	in := at % mm.PageSize
	return mm.Frame(b.frames[at/mm.PageSize])[in:min(mm.PageSize, in+b.length-offset)]
}
