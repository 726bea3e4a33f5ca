package fatimg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"unicode/utf16"

	"gont/boot/osldr/fat"
)

// Volume looks at the FAT32 volume of an image below the level of files:
// clusters, chains and directory slots. It does not know more than one FAT
// being current; both copies are kept the same.
type Volume struct {
	f     *os.File
	start int64 // of the partition, in bytes
	spc   int64 // bytes in a cluster
	fat   int64 // offset of the first FAT
	fatSz int64 // bytes in one FAT
	fats  int64
	data  int64 // offset of cluster 2
	root  uint32
	count uint32 // data clusters
}

const endOfChain = 0x0ffffff8

// OpenVolume opens the first FAT32 volume of an image for reading and writing.
func OpenVolume(name string) (*Volume, error) {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	v, err := openVolume(f)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return v, nil
}

// openVolume looks for the volume as the boot sectors and OSLDR do: whatever a
// row's type, and the volume's first sector decides. A file that is a volume from
// its first sector on is taken, too.
func openVolume(f *os.File) (*Volume, error) {
	le := binary.LittleEndian
	s := make([]byte, SectorSize)
	if _, err := f.ReadAt(s, 0); err != nil {
		return nil, err
	}
	if !signed(s) {
		return nil, errors.New("no MBR with a FAT32 partition")
	}
	if p, err := fat.ParseBPB(s); err == nil {
		return newVolume(f, 0, p), nil
	}
	err := errors.New("no MBR with a FAT32 partition")
	for i := range 4 {
		row := s[446+16*i:][:16]
		start := int64(le.Uint32(row[8:])) * SectorSize
		if row[4] == 0 || start == 0 {
			continue
		}
		b := make([]byte, SectorSize)
		if _, err = f.ReadAt(b, start); err != nil {
			continue
		}
		p, e := fat.ParseBPB(b)
		if e == nil {
			return newVolume(f, start, p), nil
		}
		err = fmt.Errorf("no FAT32 boot sector in partition %d: %w", i+1, e)
	}
	return nil, err
}

func newVolume(f *os.File, start int64, p *fat.BPB) *Volume {
	v := &Volume{f: f, start: start, spc: int64(p.PerCluster) * SectorSize, fatSz: int64(p.FATSectors) * SectorSize,
		fats: int64(p.FATs), root: p.Root, count: p.LastCluster - 1}
	v.fat = start + int64(p.FAT)*SectorSize
	v.data = start + int64(p.Data)*SectorSize
	return v
}

// Close closes the image file.
func (v *Volume) Close() error { return v.f.Close() }

func (v *Volume) offset(cluster uint32) int64 { return v.data + int64(cluster-2)*v.spc }

func (v *Volume) next(cluster uint32) (uint32, error) {
	if cluster < 2 || cluster >= v.count+2 {
		return 0, fmt.Errorf("cluster %d does not exist", cluster)
	}
	var b [4]byte
	_, err := v.f.ReadAt(b[:], v.fat+int64(cluster)*4)
	return binary.LittleEndian.Uint32(b[:]) & 0x0fffffff, err
}

func (v *Volume) setNext(cluster, value uint32) error {
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], value)
	for i := int64(0); i < v.fats; i++ {
		if _, err := v.f.WriteAt(b[:], v.fat+i*v.fatSz+int64(cluster)*4); err != nil {
			return err
		}
	}
	return nil
}

// chain returns the clusters that begin with first, in order.
func (v *Volume) chain(first uint32) ([]uint32, error) {
	var c []uint32
	for n := first; n < endOfChain; {
		if uint32(len(c)) > v.count {
			return nil, errors.New("cluster chain has a loop")
		}
		c = append(c, n)
		var err error
		if n, err = v.next(n); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Clusters returns the clusters of a file or directory, in order. An empty
// file has none.
func (v *Volume) Clusters(path string) ([]uint32, error) {
	s, err := v.lookup(path)
	if err != nil || s.cluster == 0 {
		return nil, err
	}
	return v.chain(s.cluster)
}

// ClusterOffset returns where in the image file a cluster lies, in bytes.
func (v *Volume) ClusterOffset(cluster uint32) int64 { return v.offset(cluster) }

// FATOffset returns where in the image file the entry of a cluster lies in
// FAT number copy (0 or 1), in bytes.
func (v *Volume) FATOffset(cluster uint32, copy int) int64 {
	return v.fat + int64(copy)*v.fatSz + int64(cluster)*4
}

// SlotOffset returns where in the image file the 32-byte directory entry of a
// file lies.
func (v *Volume) SlotOffset(path string) (int64, error) {
	s, err := v.lookup(path)
	return s.at, err
}

// slot is one directory entry that is not a part of a long name.
type slot struct {
	at      int64 // offset in the image
	name    string
	short   string
	cluster uint32
	size    uint32
	dir     bool
}

// list reads a directory, without its volume label.
func (v *Volume) list(first uint32) ([]slot, error) {
	clusters, err := v.chain(first)
	if err != nil {
		return nil, err
	}
	var out []slot
	var long string
	buf := make([]byte, v.spc)
	for _, c := range clusters {
		if _, err := v.f.ReadAt(buf, v.offset(c)); err != nil {
			return nil, err
		}
		for i := 0; i < len(buf); i += 32 {
			e := buf[i : i+32]
			switch {
			case e[0] == 0:
				return out, nil
			case e[0] == 0xe5:
				long = ""
			case e[11]&0x3f == 0x0f:
				long = longPart(e) + long
			case e[11]&0x08 != 0:
				long = ""
			default:
				le := binary.LittleEndian
				s := slot{at: v.offset(c) + int64(i), short: shortName(e), dir: e[11]&0x10 != 0,
					cluster: uint32(le.Uint16(e[20:]))<<16 | uint32(le.Uint16(e[26:])), size: le.Uint32(e[28:])}
				if s.name = long; long == "" {
					s.name = s.short
				}
				long = ""
				out = append(out, s)
			}
		}
	}
	return out, nil
}

func shortName(e []byte) string {
	s := strings.TrimRight(string(e[:8]), " ")
	if ext := strings.TrimRight(string(e[8:11]), " "); ext != "" {
		s += "." + ext
	}
	return s
}

func longPart(e []byte) string {
	var u []uint16
	for _, r := range [][2]int{{1, 11}, {14, 26}, {28, 32}} {
		for i := r[0]; i < r[1]; i += 2 {
			c := binary.LittleEndian.Uint16(e[i:])
			if c == 0 {
				return string(utf16.Decode(u))
			}
			u = append(u, c)
		}
	}
	return string(utf16.Decode(u))
}

func (v *Volume) lookup(path string) (slot, error) {
	p, err := cleanPath(path)
	if err != nil {
		return slot{}, err
	}
	at := slot{cluster: v.root, dir: true}
next:
	for _, name := range strings.Split(p[1:], "/") {
		if !at.dir {
			return slot{}, fmt.Errorf("%s: %s is a file", path, at.name)
		}
		l, err := v.list(at.cluster)
		if err != nil {
			return slot{}, fmt.Errorf("%s: %w", path, err)
		}
		for _, s := range l {
			if strings.EqualFold(s.name, name) || strings.EqualFold(s.short, name) {
				at = s
				continue next
			}
		}
		return slot{}, fmt.Errorf("%s: %w", path, os.ErrNotExist)
	}
	return at, nil
}

// FileOffset returns where in the image file byte number at of a file lies.
func (v *Volume) FileOffset(path string, at int64) (int64, error) {
	s, err := v.lookup(path)
	if err != nil {
		return 0, err
	}
	if s.dir || at < 0 || at >= int64(s.size) {
		return 0, fmt.Errorf("%s has no byte %d", path, at)
	}
	c, err := v.chain(s.cluster)
	if err != nil {
		return 0, err
	}
	if at/v.spc >= int64(len(c)) {
		return 0, fmt.Errorf("%s: its cluster chain ends before byte %d", path, at)
	}
	return v.offset(c[at/v.spc]) + at%v.spc, nil
}
