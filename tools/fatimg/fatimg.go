// Package fatimg makes and edits the disk images GoNT boots from: an MBR with
// one active FAT32 partition (type 0Ch) that starts at sector 2048, our boot
// code in both boot records, and files. It needs no root rights and no loop
// device. The same input gives the same image.
//
// The MBR layout is that of SPEC B1; the fields of the FAT32 boot sector are
// those of Microsoft's "FAT32 File System Specification" 1.03.
package fatimg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/diskfs/go-diskfs/backend"
	"github.com/diskfs/go-diskfs/backend/file"
	"github.com/diskfs/go-diskfs/filesystem/fat32"
	"github.com/diskfs/go-diskfs/partition/mbr"
)

// Layout of every image.
const (
	SectorSize     = 512
	PartitionStart = 2048 // sectors before the partition: 1 MiB
	// BootRest is the reserved sector of the partition at which the part of
	// boot.bin beyond the boot sector lies.
	BootRest = 12

	heads, sectorsPerTrack = 255, 63
	backupBoot             = 6
	mbrCode                = 440 // bytes of code in an MBR
	bpbEnd                 = 90  // boot code starts here
	minClusters            = 65525
)

// Options say what is on the image.
type Options struct {
	Size     int64  // bytes, a multiple of 512; 36 MiB to 2 TiB
	MBR      []byte // code of the master boot record: up to 440 bytes, or a whole sector
	Boot     []byte // boot sector and what goes to reserved sectors from BootRest on
	DiskID   uint32 // disk signature in the MBR
	VolumeID uint32
	Label    string // volume label, 11 ASCII characters at most
	Files    []File // in the order they are laid out
}

// File is one file of the image.
type File struct {
	Path string // with \ or / between names
	Data []byte
}

// Create writes a new image; an old one is replaced only when all went well.
// File times come from SOURCE_DATE_EPOCH, or are 2026-01-01 when it is not set.
func Create(name string, o Options) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	if os.Getenv("SOURCE_DATE_EPOCH") == "" {
		os.Setenv("SOURCE_DATE_EPOCH", strconv.Itoa(1767225600))
		defer os.Unsetenv("SOURCE_DATE_EPOCH")
	}
	tmp := name + ".new"
	f, err := os.OpenFile(tmp, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		f.Close()
		if err != nil {
			os.Remove(tmp)
		}
	}()
	if err = f.Truncate(o.Size); err != nil {
		return err
	}
	b := file.New(f, false)
	if err = o.writeMBR(b); err != nil {
		return fmt.Errorf("master boot record: %w", err)
	}
	fs, err := fat32.Create(b, o.Size-PartitionStart*SectorSize, PartitionStart*SectorSize, SectorSize, o.Label, true)
	if err != nil {
		return fmt.Errorf("FAT32: %w", err)
	}
	if err = o.writeBoot(f); err != nil {
		return fmt.Errorf("boot sector: %w", err)
	}
	for _, e := range o.Files {
		if err = put(fs, e); err != nil {
			return fmt.Errorf("%s: %w", e.Path, err)
		}
	}
	v, err := openVolume(f)
	if err != nil {
		return err
	}
	if err = v.finish(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(tmp, name)
}

func (o *Options) check() error {
	if o.Size%SectorSize != 0 || o.Size < 36<<20 || o.Size > 2<<40-SectorSize {
		return fmt.Errorf("size %d is not a multiple of 512 from 36 MiB to 2 TiB", o.Size)
	}
	switch n := len(o.MBR); {
	case n > mbrCode && n != SectorSize:
		return fmt.Errorf("MBR code is %d bytes; %d at most, or a whole sector", n, mbrCode)
	case n == SectorSize && !signed(o.MBR):
		return errors.New("MBR sector does not end in 55 AA")
	case n == SectorSize && strings.Trim(string(o.MBR[mbrCode:510]), "\x00") != "":
		return fmt.Errorf("MBR code is longer than %d bytes and would cover the partition table", mbrCode)
	}
	if n := len(o.Boot); n > 0 {
		switch {
		case n < SectorSize || !signed(o.Boot):
			return errors.New("boot code does not begin with a sector that ends in 55 AA")
		case o.Boot[0] != 0xeb || int(o.Boot[1])+2 < bpbEnd || o.Boot[2] != 0x90:
			return fmt.Errorf("boot sector does not begin with a short jump over its %d-byte parameter block", bpbEnd)
		case n > SectorSize*(1+32-BootRest):
			return fmt.Errorf("boot code is %d bytes; %d fit into the reserved sectors", n, SectorSize*(1+32-BootRest))
		}
	}
	if len(o.Label) > 11 {
		return fmt.Errorf("volume label %q is longer than 11 characters", o.Label)
	}
	seen := map[string]bool{}
	for i := range o.Files {
		p, err := cleanPath(o.Files[i].Path)
		if err != nil {
			return err
		}
		if k := strings.ToUpper(p); seen[k] {
			return fmt.Errorf("%s is given twice", o.Files[i].Path)
		} else {
			seen[k] = true
		}
	}
	return nil
}

func signed(sector []byte) bool { return sector[510] == 0x55 && sector[511] == 0xaa }

func cleanPath(p string) (string, error) {
	c := path.Clean("/" + strings.ReplaceAll(p, `\`, "/"))
	if c == "/" || strings.HasSuffix(p, `\`) || strings.HasSuffix(p, "/") {
		return "", fmt.Errorf("path %q names no file", p)
	}
	for _, r := range c {
		if r < ' ' || r > '~' || strings.ContainsRune(`"*:<>?|`, r) {
			return "", fmt.Errorf("path %q has a character that FAT does not allow: %q", p, r)
		}
	}
	return c, nil
}

// writeMBR writes code, disk signature and the one partition.
func (o *Options) writeMBR(b backend.Storage) error {
	w, err := b.Writable()
	if err != nil {
		return err
	}
	count := uint32(o.Size/SectorSize - PartitionStart)
	sh, ss, sc := chs(PartitionStart)
	eh, es, ec := chs(PartitionStart + int64(count) - 1)
	t := &mbr.Table{LogicalSectorSize: SectorSize, PhysicalSectorSize: SectorSize, Partitions: []*mbr.Partition{{
		Bootable: true, Type: mbr.Fat32LBA, Start: PartitionStart, Size: count,
		StartHead: sh, StartSector: ss, StartCylinder: sc, EndHead: eh, EndSector: es, EndCylinder: ec,
	}}}
	code := make([]byte, 446)
	copy(code[:mbrCode], o.MBR)
	binary.LittleEndian.PutUint32(code[mbrCode:], o.DiskID)
	if _, err := w.WriteAt(code, 0); err != nil {
		return err
	}
	return t.Write(w, o.Size)
}

// chs packs a sector number the way a partition table entry wants it; what
// lies beyond cylinder 1023 is written as 1023/254/63.
func chs(lba int64) (head, sector, cylinder byte) {
	c := lba / (heads * sectorsPerTrack)
	h := lba / sectorsPerTrack % heads
	s := lba%sectorsPerTrack + 1
	if c > 1023 {
		c, h, s = 1023, heads-1, sectorsPerTrack
	}
	return byte(h), byte(s) | byte(c>>8)<<6, byte(c)
}

// writeBoot completes the parameter block that go-diskfs leaves for a
// superfloppy and puts our code around it, in the boot sector and its backup.
func (o *Options) writeBoot(f *os.File) error {
	le := binary.LittleEndian
	const part = PartitionStart * SectorSize
	s := make([]byte, SectorSize)
	if _, err := f.ReadAt(s, part); err != nil {
		return err
	}
	total, spc := le.Uint32(s[32:]), uint32(s[13])
	data := total - uint32(le.Uint16(s[14:])) - uint32(s[16])*le.Uint32(s[36:])
	if data/spc < minClusters {
		return fmt.Errorf("%d clusters make no FAT32 volume; %d at least", data/spc, minClusters)
	}
	if int64(total) != o.Size/SectorSize-PartitionStart || le.Uint16(s[14:]) != 32 || le.Uint16(s[50:]) != backupBoot {
		return errors.New("the layout is not the expected one")
	}
	copy(s[3:11], "MSWIN4.1")
	le.PutUint16(s[24:], sectorsPerTrack)
	le.PutUint16(s[26:], heads)
	le.PutUint32(s[28:], PartitionStart)
	s[64] = 0x80
	le.PutUint32(s[67:], o.VolumeID)
	if len(o.Boot) > 0 {
		copy(s[:3], o.Boot[:3])
		copy(s[bpbEnd:], o.Boot[bpbEnd:SectorSize])
	} else {
		copy(s[bpbEnd:], "\xf4\xeb\xfd") // hlt, and again
	}
	s[510], s[511] = 0x55, 0xaa
	for _, at := range []int64{part, part + backupBoot*SectorSize} {
		if _, err := f.WriteAt(s, at); err != nil {
			return err
		}
	}
	if len(o.Boot) > SectorSize {
		_, err := f.WriteAt(o.Boot[SectorSize:], part+BootRest*SectorSize)
		return err
	}
	return nil
}

func put(fs *fat32.FileSystem, e File) error {
	p, err := cleanPath(e.Path)
	if err != nil {
		return err
	}
	// go-diskfs wants relative, slash separated names.
	p = strings.TrimPrefix(p, "/")
	if dir := path.Dir(p); dir != "." {
		if err := fs.Mkdir(dir); err != nil {
			return err
		}
	}
	w, err := fs.OpenFile(p, os.O_CREATE|os.O_RDWR)
	if err != nil {
		return err
	}
	if _, err = w.Write(e.Data); err != nil {
		w.Close()
		if errors.Is(err, io.ErrShortWrite) {
			err = errors.New("the image is full")
		}
		return err
	}
	return w.Close()
}
