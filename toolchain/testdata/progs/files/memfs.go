package main

import (
	"path"
	"sort"
	"strings"
	"syscall"
	"time"
)

// A memfs is a file system in memory behind syscall.Host.
type memfs struct {
	nodes map[string]*node
	open  map[int]*handle
	next  int
}

type node struct {
	dir    bool
	target string // of a symbolic link
	data   []byte
	mtime  int64
	ino    uint64
}

type handle struct {
	*node
	path string
	pos  int64
	flag int
}

func newMemfs() *memfs {
	f := &memfs{nodes: map[string]*node{}, open: map[int]*handle{}, next: 3}
	f.nodes["/"] = &node{dir: true, ino: 1}
	f.nodes["/tmp"] = &node{dir: true, ino: 2}
	return f
}

func (f *memfs) find(p string, follow bool) (*node, syscall.Errno) {
	n := f.nodes[p]
	if n == nil {
		return nil, syscall.ENOENT
	}
	if follow && n.target != "" {
		return f.find(path.Join(path.Dir(p), n.target), false)
	}
	return n, 0
}

func (f *memfs) add(p string, n *node) syscall.Errno {
	if f.nodes[p] != nil {
		return syscall.EEXIST
	}
	parent, errno := f.find(path.Dir(p), true)
	if errno != 0 {
		return errno
	}
	if !parent.dir {
		return syscall.ENOTDIR
	}
	n.ino = uint64(len(f.nodes) + 1)
	n.mtime = time.Now().UnixNano()
	f.nodes[p] = n
	return 0
}

func (f *memfs) Open(p string, flag int, perm uint32) (int, syscall.Errno) {
	n, errno := f.find(p, flag&syscall.O_NOFOLLOW == 0)
	switch {
	case errno == syscall.ENOENT && flag&syscall.O_CREAT != 0:
		n = &node{}
		if errno = f.add(p, n); errno != 0 {
			return 0, errno
		}
	case errno != 0:
		return 0, errno
	case flag&syscall.O_EXCL != 0:
		return 0, syscall.EEXIST
	case n.target != "":
		return 0, syscall.ELOOP
	case n.dir && flag&(syscall.O_WRONLY|syscall.O_RDWR) != 0:
		return 0, syscall.EISDIR
	case !n.dir && flag&syscall.O_DIRECTORY != 0:
		return 0, syscall.ENOTDIR
	}
	if flag&syscall.O_TRUNC != 0 {
		n.data = nil
	}
	fd := f.next
	f.next++
	f.open[fd] = &handle{n, p, 0, flag}
	return fd, 0
}

func (f *memfs) Close(fd int) syscall.Errno {
	if f.open[fd] == nil {
		return syscall.EBADF
	}
	delete(f.open, fd)
	return 0
}

func (f *memfs) Pread(fd int, p []byte, off int64) (int, syscall.Errno) {
	h := f.open[fd]
	if h == nil {
		return 0, syscall.EBADF
	}
	if h.dir {
		return 0, syscall.EISDIR
	}
	if off >= int64(len(h.data)) {
		return 0, 0
	}
	return copy(p, h.data[off:]), 0
}

func (f *memfs) Read(fd int, p []byte) (int, syscall.Errno) {
	n, errno := f.Pread(fd, p, f.open[fd].pos)
	f.open[fd].pos += int64(n)
	return n, errno
}

func (f *memfs) Pwrite(fd int, p []byte, off int64) (int, syscall.Errno) {
	h := f.open[fd]
	if h == nil || h.flag&(syscall.O_WRONLY|syscall.O_RDWR) == 0 {
		return 0, syscall.EBADF
	}
	if need := off + int64(len(p)); need > int64(len(h.data)) {
		h.data = append(h.data, make([]byte, need-int64(len(h.data)))...)
	}
	h.mtime = time.Now().UnixNano()
	return copy(h.data[off:], p), 0
}

func (f *memfs) Write(fd int, p []byte) (int, syscall.Errno) {
	if fd <= 2 {
		print(string(p))
		return len(p), 0
	}
	h := f.open[fd]
	if h == nil {
		return 0, syscall.EBADF
	}
	if h.flag&syscall.O_APPEND != 0 {
		h.pos = int64(len(h.data))
	}
	n, errno := f.Pwrite(fd, p, h.pos)
	h.pos += int64(n)
	return n, errno
}

func (f *memfs) Seek(fd int, off int64, whence int) (int64, syscall.Errno) {
	h := f.open[fd]
	if h == nil {
		return 0, syscall.EBADF
	}
	switch whence {
	case 1:
		off += h.pos
	case 2:
		off += int64(len(h.data))
	}
	if off < 0 {
		return 0, syscall.EINVAL
	}
	h.pos = off
	return off, 0
}

func (f *memfs) Truncate(fd int, size int64) syscall.Errno {
	h := f.open[fd]
	if h == nil {
		return syscall.EBADF
	}
	h.data = append(h.data, make([]byte, max(0, size-int64(len(h.data))))...)[:size]
	return 0
}

func (n *node) stat(st *syscall.Stat_t) {
	*st = syscall.Stat_t{Ino: n.ino, Nlink: 1, Size: uint64(len(n.data)), Mtime: uint64(n.mtime), Filetype: syscall.FILETYPE_REGULAR_FILE}
	switch {
	case n.dir:
		st.Filetype = syscall.FILETYPE_DIRECTORY
	case n.target != "":
		st.Filetype = syscall.FILETYPE_SYMBOLIC_LINK
	}
}

func (f *memfs) Fstat(fd int, st *syscall.Stat_t) syscall.Errno {
	h := f.open[fd]
	if h == nil {
		return syscall.EBADF
	}
	h.stat(st)
	return 0
}

func (f *memfs) Stat(p string, follow bool, st *syscall.Stat_t) syscall.Errno {
	n, errno := f.find(p, follow)
	if errno == 0 {
		n.stat(st)
	}
	return errno
}

// ReadDir answers three entries at a time, so that callers have to go on.
func (f *memfs) ReadDir(fd int, start int) ([]syscall.HostDirent, syscall.Errno) {
	h := f.open[fd]
	if h == nil || !h.dir {
		return nil, syscall.ENOTDIR
	}
	var names []string
	for p := range f.nodes {
		if p != "/" && path.Dir(p) == h.path {
			names = append(names, path.Base(p))
		}
	}
	sort.Strings(names)
	var out []syscall.HostDirent
	for i := start; i < len(names) && len(out) < 3; i++ {
		var st syscall.Stat_t
		f.nodes[path.Join(h.path, names[i])].stat(&st)
		out = append(out, syscall.HostDirent{Name: names[i], Type: st.Filetype, Ino: st.Ino})
	}
	return out, 0
}

func (f *memfs) Mkdir(p string) syscall.Errno { return f.add(p, &node{dir: true}) }

func (f *memfs) Rmdir(p string) syscall.Errno {
	n, errno := f.find(p, false)
	if errno != 0 {
		return errno
	}
	if !n.dir {
		return syscall.ENOTDIR
	}
	for q := range f.nodes {
		if strings.HasPrefix(q, p+"/") {
			return syscall.ENOTEMPTY
		}
	}
	delete(f.nodes, p)
	return 0
}

func (f *memfs) Unlink(p string) syscall.Errno {
	n, errno := f.find(p, false)
	if errno != 0 {
		return errno
	}
	if n.dir {
		return syscall.EISDIR
	}
	delete(f.nodes, p)
	return 0
}

func (f *memfs) Rename(from, to string) syscall.Errno {
	n, errno := f.find(from, false)
	if errno != 0 {
		return errno
	}
	delete(f.nodes, from)
	f.nodes[to] = n
	return 0
}

func (f *memfs) Link(from, to string) syscall.Errno {
	n, errno := f.find(from, false)
	if errno != 0 {
		return errno
	}
	f.nodes[to] = n
	return 0
}

func (f *memfs) Symlink(target, p string) syscall.Errno { return f.add(p, &node{target: target}) }

func (f *memfs) Readlink(p string) (string, syscall.Errno) {
	n, errno := f.find(p, false)
	if errno != 0 {
		return "", errno
	}
	if n.target == "" {
		return "", syscall.EINVAL
	}
	return n.target, 0
}

func (f *memfs) Utimes(p string, atime, mtime int64) syscall.Errno {
	n, errno := f.find(p, true)
	if errno == 0 && mtime >= 0 {
		n.mtime = mtime
	}
	return errno
}

func (f *memfs) calls() syscall.HostCalls {
	return syscall.HostCalls{
		Open: f.Open, Close: f.Close, Read: f.Read, Write: f.Write, Pread: f.Pread, Pwrite: f.Pwrite,
		Seek: f.Seek, Truncate: f.Truncate, Sync: func(int) syscall.Errno { return 0 }, Fstat: f.Fstat,
		Stat: f.Stat, ReadDir: f.ReadDir, Mkdir: f.Mkdir, Rmdir: f.Rmdir, Unlink: f.Unlink, Rename: f.Rename,
		Link: f.Link, Symlink: f.Symlink, Readlink: f.Readlink, Utimes: f.Utimes,
		Hostname: func() (string, syscall.Errno) { return "memory", 0 },
	}
}
