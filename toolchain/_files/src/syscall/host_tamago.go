//go:build tamago

package syscall

import (
	"sync"
	"unsafe"
)

// HostCalls is what a platform offers to the packages syscall, os and time in
// files and directories. A nil function answers ENOSYS. Paths are absolute and
// clean, with slashes. Every function returns 0 for success.
type HostCalls struct {
	// Open opens path with the O_* flags of this package. It returns a number
	// from 3 up that the functions below take.
	Open func(path string, flag int, perm uint32) (fd int, errno Errno)
	// Close closes what Open returned.
	Close func(fd int) Errno
	// Read and Write go on at the file's position; Read returns 0 at the end.
	// File descriptors 0 to 2 are the standard streams. Without Write, what
	// goes to 1 and 2 is sent to goos.Printk.
	Read  func(fd int, p []byte) (n int, errno Errno)
	Write func(fd int, p []byte) (n int, errno Errno)
	// Pread and Pwrite do not move the position.
	Pread  func(fd int, p []byte, off int64) (n int, errno Errno)
	Pwrite func(fd int, p []byte, off int64) (n int, errno Errno)
	// Seek moves the position; whence is 0 (start), 1 (current) or 2 (end).
	Seek func(fd int, off int64, whence int) (pos int64, errno Errno)
	// Truncate sets the size in bytes, Sync writes back.
	Truncate func(fd int, size int64) Errno
	Sync     func(fd int) Errno
	// Fstat and Stat fill in Filetype, Size and, in nanoseconds since 1970,
	// the times. With follow, Stat follows a symbolic link at the end.
	Fstat func(fd int, st *Stat_t) Errno
	Stat  func(path string, follow bool, st *Stat_t) Errno
	// ReadDir returns some entries of the directory, from number start on,
	// without "." and ".."; none at the end.
	ReadDir func(fd int, start int) (entries []HostDirent, errno Errno)
	Mkdir   func(path string) Errno
	Rmdir   func(path string) Errno
	Unlink  func(path string) Errno
	Rename  func(from, to string) Errno
	Link    func(from, to string) Errno
	Symlink func(target, path string) Errno
	// Readlink returns the target of a symbolic link.
	Readlink func(path string) (target string, errno Errno)
	// Utimes sets the times in nanoseconds since 1970; -1 leaves one alone.
	Utimes func(path string, atime, mtime int64) Errno
	// Hostname returns the machine's name.
	Hostname func() (name string, errno Errno)
}

// HostDirent is a directory entry.
type HostDirent struct {
	Name string
	Type Filetype
	Ino  uint64
}

// Host holds the platform's calls. It is set before package os is initialised
// or before the first use of a file, and not changed afterwards.
var Host HostCalls

// rootFD stands for the root directory, as the one directory that WASI calls
// "preopened". The host's own numbers from 3 up are moved by one.
const rootFD = 3

func hostFD(fd int32) int {
	if fd > rootFD {
		return int(fd) - 1
	}
	return int(fd)
}

// openPaths is where each open descriptor came from, for calls that name a
// file by a directory's descriptor.
var openPaths struct {
	sync.Mutex
	m map[int32]string
}

// hostPath makes the path of a name below the directory dirfd.
func hostPath(dirfd int32, p *byte, n size) (string, Errno) {
	name := unsafe.String(p, n)
	if isAbs(name) {
		return joinPath("/", name), 0
	}
	if dirfd == rootFD {
		return joinPath("/", name), 0
	}
	openPaths.Lock()
	dir, ok := openPaths.m[dirfd]
	openPaths.Unlock()
	if !ok {
		return "", EBADF
	}
	return joinPath(dir, name), 0
}

func fd_close(fd int32) Errno {
	if fd == rootFD {
		return EBADF
	}
	openPaths.Lock()
	delete(openPaths.m, fd)
	openPaths.Unlock()
	if Host.Close == nil {
		return ENOSYS
	}
	return Host.Close(hostFD(fd))
}

func path_open(dirfd int32, lflags lookupflags, p *byte, n size, oflags oflags, base, inheriting rights, fdflags fdflags, fd *int32) Errno {
	path, errno := hostPath(dirfd, p, n)
	if errno != 0 {
		return errno
	}
	if Host.Open == nil {
		return ENOSYS
	}
	flag := O_RDONLY
	switch {
	case oflags&OFLAG_DIRECTORY != 0:
		flag = O_RDONLY | O_DIRECTORY
	case base&RIGHT_FD_WRITE != 0 && base&RIGHT_FD_READ != 0:
		flag = O_RDWR
	case base&RIGHT_FD_WRITE != 0:
		flag = O_WRONLY
	}
	for _, f := range [...]struct {
		on  bool
		bit int
	}{
		{oflags&OFLAG_CREATE != 0, O_CREAT},
		{oflags&OFLAG_EXCL != 0, O_EXCL},
		{oflags&OFLAG_TRUNC != 0, O_TRUNC},
		{fdflags&FDFLAG_APPEND != 0, O_APPEND},
		{fdflags&FDFLAG_SYNC != 0, O_SYNC},
		{lflags&LOOKUP_SYMLINK_FOLLOW == 0, O_NOFOLLOW},
	} {
		if f.on {
			flag |= f.bit
		}
	}
	h, errno := Host.Open(path, flag, 0666)
	if errno != 0 {
		*fd = -1
		return errno
	}
	*fd = int32(h + 1)
	openPaths.Lock()
	if openPaths.m == nil {
		openPaths.m = make(map[int32]string)
	}
	openPaths.m[*fd] = path
	openPaths.Unlock()
	return 0
}

func fd_read(fd int32, b []byte, nread *size) Errno {
	if Host.Read == nil {
		return ENOSYS
	}
	n, errno := Host.Read(hostFD(fd), b)
	*nread = size(n)
	return errno
}

func fd_write(fd int32, b []byte, nwritten *size) Errno {
	if Host.Write == nil {
		if fd != Stdout && fd != Stderr {
			return ENOSYS
		}
		runtimeWrite(unsafe.Pointer(unsafe.SliceData(b)), int32(len(b)))
		*nwritten = size(len(b))
		return 0
	}
	n, errno := Host.Write(hostFD(fd), b)
	*nwritten = size(n)
	return errno
}

func fd_pread(fd int32, b []byte, off filesize, nread *size) Errno {
	if Host.Pread == nil {
		return ENOSYS
	}
	n, errno := Host.Pread(hostFD(fd), b, int64(off))
	*nread = size(n)
	return errno
}

func fd_pwrite(fd int32, b []byte, off filesize, nwritten *size) Errno {
	if Host.Pwrite == nil {
		return ENOSYS
	}
	n, errno := Host.Pwrite(hostFD(fd), b, int64(off))
	*nwritten = size(n)
	return errno
}

func fd_seek(fd int32, off filedelta, whence uint32, pos *filesize) Errno {
	if Host.Seek == nil {
		return ENOSYS
	}
	n, errno := Host.Seek(hostFD(fd), off, int(whence))
	*pos = filesize(n)
	return errno
}

func fd_filestat_set_size(fd int32, n filesize) Errno {
	if Host.Truncate == nil {
		return ENOSYS
	}
	return Host.Truncate(hostFD(fd), int64(n))
}

func fd_sync(fd int32) Errno {
	if Host.Sync == nil {
		return ENOSYS
	}
	return Host.Sync(hostFD(fd))
}

// direntHeader is the fixed part of an entry as os and internal/poll read it.
type direntHeader struct {
	next   uint64
	ino    uint64
	namlen uint32
	typ    uint8
	_      [3]uint8
}

func fd_readdir(fd int32, buf *byte, n size, cookie dircookie, nwritten *size) Errno {
	if Host.ReadDir == nil {
		return ENOSYS
	}
	entries, errno := Host.ReadDir(hostFD(fd), int(cookie))
	if errno != 0 {
		return errno
	}
	out := unsafe.Slice(buf, n)
	used := 0
	for i, e := range entries {
		h := direntHeader{next: cookie + uint64(i) + 1, ino: e.Ino, namlen: uint32(len(e.Name)), typ: e.Type}
		if h.ino == 0 {
			h.ino = h.next
		}
		const hs = int(unsafe.Sizeof(h))
		if used+hs+len(e.Name) > len(out) {
			break
		}
		copy(out[used:], unsafe.Slice((*byte)(unsafe.Pointer(&h)), hs))
		copy(out[used+hs:], e.Name)
		used += hs + len(e.Name)
	}
	*nwritten = size(used)
	return 0
}

func fd_filestat_get(fd int32, buf unsafe.Pointer) Errno {
	st := (*Stat_t)(buf)
	if Host.Fstat != nil {
		return Host.Fstat(hostFD(fd), st)
	}
	if fd <= Stderr {
		*st = Stat_t{Filetype: FILETYPE_CHARACTER_DEVICE}
		return 0
	}
	return ENOSYS
}

func path_filestat_get(dirfd int32, flags lookupflags, p *byte, n size, buf unsafe.Pointer) Errno {
	path, errno := hostPath(dirfd, p, n)
	if errno != 0 {
		return errno
	}
	if Host.Stat == nil {
		return ENOSYS
	}
	return Host.Stat(path, flags&LOOKUP_SYMLINK_FOLLOW != 0, (*Stat_t)(buf))
}

func path_filestat_set_times(dirfd int32, flags lookupflags, p *byte, n size, atim, mtim timestamp, which fstflags) Errno {
	path, errno := hostPath(dirfd, p, n)
	if errno != 0 {
		return errno
	}
	if Host.Utimes == nil {
		return ENOSYS
	}
	a, m := int64(-1), int64(-1)
	if which&FILESTAT_SET_ATIM != 0 {
		a = int64(atim)
	}
	if which&FILESTAT_SET_MTIM != 0 {
		m = int64(mtim)
	}
	return Host.Utimes(path, a, m)
}

// onPath calls f with the path of a name below dirfd.
func onPath(f func(path string) Errno, dirfd int32, p *byte, n size) Errno {
	path, errno := hostPath(dirfd, p, n)
	if errno != 0 {
		return errno
	}
	if f == nil {
		return ENOSYS
	}
	return f(path)
}

func path_create_directory(fd int32, p *byte, n size) Errno { return onPath(Host.Mkdir, fd, p, n) }
func path_remove_directory(fd int32, p *byte, n size) Errno { return onPath(Host.Rmdir, fd, p, n) }
func path_unlink_file(fd int32, p *byte, n size) Errno      { return onPath(Host.Unlink, fd, p, n) }

// onPaths calls f with two paths.
func onPaths(f func(from, to string) Errno, fd1 int32, p1 *byte, n1 size, fd2 int32, p2 *byte, n2 size) Errno {
	from, errno := hostPath(fd1, p1, n1)
	if errno != 0 {
		return errno
	}
	to, errno := hostPath(fd2, p2, n2)
	if errno != 0 {
		return errno
	}
	if f == nil {
		return ENOSYS
	}
	return f(from, to)
}

func path_rename(fd1 int32, p1 *byte, n1 size, fd2 int32, p2 *byte, n2 size) Errno {
	return onPaths(Host.Rename, fd1, p1, n1, fd2, p2, n2)
}

func path_link(fd1 int32, _ lookupflags, p1 *byte, n1 size, fd2 int32, p2 *byte, n2 size) Errno {
	return onPaths(Host.Link, fd1, p1, n1, fd2, p2, n2)
}

func path_symlink(target *byte, tn size, fd int32, p *byte, n size) Errno {
	path, errno := hostPath(fd, p, n)
	if errno != 0 {
		return errno
	}
	if Host.Symlink == nil {
		return ENOSYS
	}
	return Host.Symlink(unsafe.String(target, tn), path)
}

func path_readlink(fd int32, p *byte, n size, buf *byte, bn size, nwritten *size) Errno {
	path, errno := hostPath(fd, p, n)
	if errno != 0 {
		return errno
	}
	if Host.Readlink == nil {
		return ENOSYS
	}
	target, errno := Host.Readlink(path)
	*nwritten = size(copy(unsafe.Slice(buf, bn), target))
	return errno
}

func fd_fdstat_get(fd int32, buf *fdstat) Errno {
	var st Stat_t
	if errno := fd_filestat_get(fd, unsafe.Pointer(&st)); errno != 0 {
		return errno
	}
	*buf = fdstat{filetype: st.Filetype}
	return 0
}

func fd_fdstat_set_flags(fd int32, flags fdflags) Errno { return ENOSYS }

func fd_prestat_get(fd int32, p *prestat) Errno {
	if fd != rootFD {
		return EBADF
	}
	*p = prestat{typ: preopentypeDir, dir: prestatDir{prNameLen: 1}}
	return 0
}

func fd_prestat_dir_name(fd int32, p *byte, n size) Errno {
	*p = '/'
	return 0
}

func random_get(buf *byte, n size) Errno {
	runtimeRandom(unsafe.Slice(buf, n))
	return 0
}

func sock_accept(fd int32, flags fdflags, newfd *int32) Errno { return ENOSYS }
func sock_shutdown(fd int32, flags sdflags) Errno             { return ENOSYS }

func clock_time_get(id clockid, precision timestamp, t *timestamp) Errno {
	sec, nsec := now()
	*t = timestamp(sec)*1e9 + timestamp(nsec)
	return 0
}

// ProcExit ends the program.
func ProcExit(code int32) { Exit(int(code)) }

func hostname() (string, error) {
	if Host.Hostname == nil {
		return "tamago", nil
	}
	name, errno := Host.Hostname()
	return name, errnoErr(errno)
}

// Provided by package runtime.
func runtimeRandom(b []byte)
func runtimeWrite(p unsafe.Pointer, n int32)

// For internal/syscall/unix, which calls these by name.
//
//go:linkname path_create_directory
//go:linkname path_filestat_get
//go:linkname path_filestat_set_times
//go:linkname path_link
//go:linkname path_readlink
//go:linkname path_remove_directory
//go:linkname path_rename
//go:linkname path_symlink
//go:linkname path_unlink_file
