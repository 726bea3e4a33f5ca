// Package kfile is the kernel's own use of files: the registry's hives, the boot log, the
// prefetcher's trace, paging files. A file is opened by its full name in the object
// namespace (ZwCreateFile with OBJ_KERNEL_HANDLE), without a handle: nothing of a process
// has it, so that it stays open when any process ends.
//
// Each call sends one request to the top of the file's device stack and waits for its end.
// IRQL: PASSIVE_LEVEL; no lock may be held that the file system or the disk's driver needs.
// A File may be used by several threads at a time, but for Close. Errors are nt.Status.
package kfile

import (
	"unicode/utf16"
	"unsafe"

	"gont/io"
	"gont/io/storage"
	"gont/ke"
	"gont/nt"
	"gont/ob"
)

// File is an open file.
type File struct {
	object *ob.Object
	file   *io.File
	// Made says that Open has made the file.
	Made bool
}

// Options say how a file is opened.
type Options struct {
	Access      nt.AccessMask // 0: reading and writing
	Disposition uint32        // nt.FileOpen and so on
	Share       uint32        // nt.FileShare...; 0: nobody else may have the file open
	Create      uint32        // create options (nt.FileDirectoryFile and so on)
	Attributes  uint32        // of a file that is made
}

// readWrite is what most files are opened for; Delete is needed to rename them.
const readWrite = nt.FileReadData | nt.FileWriteData | nt.FileReadAttributes | nt.FileWriteAttributes | nt.Synchronize

// Open opens or makes the file that path names, as `\SystemRoot\ntbtlog.txt`. The status is
// the name's, or the file system's: STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_PATH_NOT_FOUND,
// STATUS_SHARING_VIOLATION, STATUS_MEDIA_WRITE_PROTECTED, and so on.
func Open(path string, o Options) (*File, nt.Status) {
	if o.Access == 0 {
		o.Access = readWrite
	}
	if o.Create&nt.FileDirectoryFile == 0 {
		o.Create |= nt.FileNonDirectoryFile
	}
	p := &io.OpenPacket{Access: o.Access, Disposition: o.Disposition, Options: o.Create, ShareAccess: o.Share,
		FileAttributes: o.Attributes, Mode: ke.KernelMode}
	object, s := ob.OpenByName(nil, path, true, io.FileType, p)
	if !s.OK() {
		return nil, s
	}
	return &File{object, object.Body.(*io.File), p.Information == nt.FileCreated}, nt.StatusSuccess
}

// FromObject makes a File of a file object that a program has a handle of. The access that
// the program has opened it with must contain access (STATUS_ACCESS_DENIED).
// STATUS_OBJECT_TYPE_MISMATCH when the object is no file. The File has a reference to the
// object of its own.
func FromObject(o *ob.Object, access nt.AccessMask) (*File, nt.Status) {
	f, ok := o.Body.(*io.File)
	switch {
	case !ok:
		return nil, nt.StatusObjectTypeMismatch
	case f.Access&access != access:
		return nil, nt.StatusAccessDenied
	}
	return &File{object: o.Reference(), file: f}, nt.StatusSuccess
}

// Close lets go of the file.
func (f *File) Close() { f.object.Dereference() }

// Object is the file object. It lives as long as the File is not closed.
func (f *File) Object() *io.File { return f.file }

// transfer reads or writes, and returns how many bytes were moved.
func (f *File) transfer(major uint8, p []byte, at int64) (int, nt.Status) {
	if len(p) == 0 {
		return 0, nt.StatusSuccess
	}
	var moved uint64
	s := f.file.RequestKernel(func(l *io.StackLocation) {
		l.Major, l.Length, l.ByteOffset, l.Argument = major, uint32(len(p)), at, storage.Bytes(p)
	}, &moved)
	return int(moved), s
}

// mostBytes is what one request moves at most.
const mostBytes = 1 << 20

// ReadAt reads from an offset on. It returns fewer bytes than p has, and STATUS_END_OF_FILE
// as the error, where the file ends before.
func (f *File) ReadAt(p []byte, off int64) (done int, err error) {
	for done < len(p) {
		piece := p[done:min(len(p), done+mostBytes)]
		n, s := f.transfer(io.Read, piece, off+int64(done))
		done += n
		switch {
		case !s.OK():
			return done, s
		case n < len(piece):
			return done, nt.StatusEndOfFile
		}
	}
	return done, nil
}

// WriteAt writes at an offset; a file that ends before becomes longer. What is written is
// safe after Sync. STATUS_DISK_FULL when the volume has no room.
func (f *File) WriteAt(p []byte, off int64) (done int, err error) {
	for done < len(p) {
		piece := p[done:min(len(p), done+mostBytes)]
		n, s := f.transfer(io.Write, piece, off+int64(done))
		done += n
		switch {
		case !s.OK():
			return done, s
		case n < len(piece):
			return done, nt.StatusUnsuccessful
		}
	}
	return done, nil
}

// Sync returns when all that was written to the file is on the medium
// (NtFlushBuffersFile).
func (f *File) Sync() error {
	return f.file.RequestKernel(func(l *io.StackLocation) { l.Major = io.FlushBuffers }, nil).Err()
}

// Size is where the file ends, in bytes.
func (f *File) Size() (int64, error) {
	var i nt.FileStandardInformation
	if s := f.file.QueryKernel(nt.FileStandardInformationClass, bytesOf(&i)); !s.OK() {
		return 0, s
	}
	return i.EndOfFile, nil
}

// Truncate sets the file's end, in bytes: what is cut off is lost, what is new are zeros.
func (f *File) Truncate(size int64) error {
	return f.file.SetKernel(nt.FileEndOfFileInformationClass, bytesOf(&size)).Err()
}

// Allocate gives the file room for so many bytes; its end stays.
func (f *File) Allocate(size int64) error {
	return f.file.SetKernel(nt.FileAllocationInformationClass, bytesOf(&size)).Err()
}

// Delete has the file deleted when nobody has it open any more. It must have been opened for
// nt.Delete.
func (f *File) Delete() error {
	return f.file.SetKernel(nt.FileDispositionInformationClass, []byte{1}).Err()
}

// Rename gives a file another full name on the same volume, in the place of any file that
// has it. STATUS_NOT_SAME_DEVICE when the name is on another volume.
func Rename(from, to string) nt.Status {
	f, s := Open(from, Options{Access: nt.Delete | nt.Synchronize, Disposition: nt.FileOpen, Share: nt.FileShareRead | nt.FileShareWrite | nt.FileShareDelete})
	if !s.OK() {
		return s
	}
	defer f.Close()
	return f.file.RenameKernel(to, true)
}

// ReadFile reads a whole file of at most most bytes; STATUS_INSUFFICIENT_RESOURCES beyond.
func ReadFile(path string, most int64) ([]byte, nt.Status) {
	f, s := Open(path, Options{Access: nt.FileReadData | nt.FileReadAttributes | nt.Synchronize, Disposition: nt.FileOpen, Share: nt.FileShareRead})
	if !s.OK() {
		return nil, s
	}
	defer f.Close()
	size, err := f.Size()
	switch {
	case err != nil:
		return nil, err.(nt.Status)
	case size > most:
		return nil, nt.StatusInsufficientResources
	}
	b := make([]byte, size)
	if _, err := f.ReadAt(b, 0); err != nil {
		return nil, err.(nt.Status)
	}
	return b, nt.StatusSuccess
}

// WriteFile makes a file that has these bytes and no others, in the place of one that has
// the name; it is on the medium when the call returns. After an error the file may have a
// part of the bytes.
func WriteFile(path string, b []byte) nt.Status {
	f, s := Open(path, Options{Disposition: nt.FileOverwriteIf, Share: nt.FileShareRead})
	if !s.OK() {
		return s
	}
	defer f.Close()
	if _, err := f.WriteAt(b, 0); err != nil {
		return err.(nt.Status)
	}
	if err := f.Sync(); err != nil {
		return err.(nt.Status)
	}
	return nt.StatusSuccess
}

// MakeDirectory makes a directory if there is none of that name.
func MakeDirectory(path string) nt.Status {
	f, s := Open(path, Options{Access: nt.FileReadAttributes | nt.Synchronize, Disposition: nt.FileOpenIf, Create: nt.FileDirectoryFile,
		Share: nt.FileShareRead | nt.FileShareWrite | nt.FileShareDelete})
	if s.OK() {
		f.Close()
	}
	return s
}

// UTF16 is a text as files of NT's have it: little endian, with a byte-order mark in front.
func UTF16(text string) []byte {
	u := utf16.Encode([]rune("\uFEFF" + text))
	return append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(&u[0])), len(u)*2)...)
}

// bytesOf is a value's memory. T must hold no pointers.
func bytesOf[T any](v *T) []byte { return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v)) }
