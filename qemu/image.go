package qemu

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"gont/tools/fatimg"
)

// Image is a copy of a disk image that a test may spoil. Paths on it are
// written as GoNT writes them, \Windows\System32\ntoskrnl.exe.
type Image struct{ Name string }

// CopyImage copies an image, with its holes, to a new file.
func CopyImage(from, to string) (*Image, error) {
	in, err := os.Open(from)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	const block = 64 << 10
	buf, zero := make([]byte, block), make([]byte, block)
	var size int64
	for {
		n, err := io.ReadFull(in, buf)
		if n > 0 && !bytes.Equal(buf[:n], zero[:n]) {
			if _, err := out.WriteAt(buf[:n], size); err != nil {
				return nil, err
			}
		}
		size += int64(n)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	if err := out.Truncate(size); err != nil {
		return nil, err
	}
	return &Image{to}, out.Close()
}

// mtools runs one of the mtools on the image's partition.
func (m *Image) mtools(program string, args ...string) (string, error) {
	args = append([]string{"-i", fmt.Sprintf("%s@@%d", m.Name, fatimg.PartitionStart*fatimg.SectorSize)}, args...)
	out, err := exec.Command(program, args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %q: %w: %s", program, args, err, bytes.TrimSpace(out))
	}
	return string(out), nil
}

func dos(path string) string { return "::" + strings.ReplaceAll(path, `\`, "/") }

// CopyIn puts a file of the host onto the image, over an old one.
func (m *Image) CopyIn(host, path string) error {
	_, err := m.mtools("mcopy", "-o", host, dos(path))
	return err
}

// CopyOut copies a file of the image to the host.
func (m *Image) CopyOut(path, host string) error {
	_, err := m.mtools("mcopy", "-n", "-o", dos(path), host)
	return err
}

// Write puts data onto the image as a file, over an old one.
func (m *Image) Write(path string, data []byte) error {
	dir, err := os.MkdirTemp(filepath.Dir(m.Name), "in")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "file")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		return err
	}
	return m.CopyIn(name, path)
}

// Read returns the content of a file of the image.
func (m *Image) Read(path string) ([]byte, error) {
	dir, err := os.MkdirTemp(filepath.Dir(m.Name), "out")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "file")
	if err := m.CopyOut(path, name); err != nil {
		return nil, err
	}
	return os.ReadFile(name)
}

// Delete removes a file from the image.
func (m *Image) Delete(path string) error {
	_, err := m.mtools("mdel", dos(path))
	return err
}

// Fragment breaks files of the image into single clusters in a bad order.
func (m *Image) Fragment(paths ...string) error {
	v, err := fatimg.OpenVolume(m.Name)
	if err != nil {
		return err
	}
	defer v.Close()
	for _, p := range paths {
		if err := v.Scatter(p); err != nil {
			return err
		}
	}
	return nil
}

// WriteAt overwrites bytes of the raw image.
func (m *Image) WriteAt(data []byte, offset int64) error {
	f, err := os.OpenFile(m.Name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteAt(data, offset)
	return err
}

// WriteSector overwrites whole sectors of the raw image from sector lba on.
func (m *Image) WriteSector(lba int64, data []byte) error {
	if len(data)%fatimg.SectorSize != 0 {
		return fmt.Errorf("%d bytes are no whole number of sectors", len(data))
	}
	return m.WriteAt(data, lba*fatimg.SectorSize)
}

// ReadSector reads a sector of the disk.
func (m *Image) ReadSector(lba int64) ([]byte, error) {
	f, err := os.Open(m.Name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, 512)
	_, err = f.ReadAt(b, lba*512)
	return b, err
}

// Flip inverts n bytes of the raw image.
func (m *Image) Flip(offset int64, n int) error {
	f, err := os.OpenFile(m.Name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	b := make([]byte, n)
	if _, err := f.ReadAt(b, offset); err != nil {
		return err
	}
	for i := range b {
		b[i] = ^b[i]
	}
	_, err = f.WriteAt(b, offset)
	return err
}

// FlipInFile inverts n bytes of a file on the image, from offset on and within
// one cluster.
func (m *Image) FlipInFile(path string, offset int64, n int) error {
	v, err := fatimg.OpenVolume(m.Name)
	if err != nil {
		return err
	}
	defer v.Close()
	at, err := v.FileOffset(path, offset)
	if err != nil {
		return err
	}
	return m.Flip(at, n)
}

// Truncate cuts the raw image, as a dying stick does.
func (m *Image) Truncate(size int64) error { return os.Truncate(m.Name, size) }

// chain is a master boot record that loads sector 0 of another drive to 7C00h
// and jumps to it with that drive's number in DL. The number is at chainDrive.
var chain = []byte{
	0xfa,       // cli
	0x31, 0xc0, // xor ax,ax
	0x8e, 0xd8, // mov ds,ax
	0x8e, 0xc0, // mov es,ax
	0x8e, 0xd0, // mov ss,ax
	0xbc, 0x00, 0x7c, // mov sp,7c00h
	0xfb,             // sti
	0xfc,             // cld
	0xbe, 0x00, 0x7c, // mov si,7c00h
	0xbf, 0x00, 0x06, // mov di,600h
	0xb9, 0x00, 0x01, // mov cx,256
	0xf3, 0xa5, // rep movsw
	0xea, 0x1e, 0x06, 0x00, 0x00, // jmp 0:61eh
	0xb8, 0x01, 0x02, // mov ax,201h: read one sector
	0xb9, 0x01, 0x00, // mov cx,1: cylinder 0, sector 1
	0xba, 0x81, 0x00, // mov dx,drive: head 0
	0xbb, 0x00, 0x7c, // mov bx,7c00h
	0xcd, 0x13, // int 13h
	0xea, 0x00, 0x7c, 0x00, 0x00, // jmp 0:7c00h
}

const chainDrive = 0x25

// WriteChain writes a small image whose boot record goes on with the given
// BIOS drive, 81h or more. As the first disk it makes the second one start
// with a drive number other than 80h.
func WriteChain(name string, drive byte) error {
	img := make([]byte, 1<<20)
	copy(img, chain)
	img[chainDrive] = drive
	img[510], img[511] = 0x55, 0xaa
	return os.WriteFile(name, img, 0o644)
}
