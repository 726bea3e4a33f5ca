package fat

import (
	"fmt"
	"sync"
	"time"

	"gont/nt"
)

// Options of a mount.
type Options struct {
	// Lock guards the volume; nil: a mutex of its own.
	Lock sync.Locker
	// Now is the time; nil: time.Now. Times on the volume are local ones: what Now's
	// location says.
	Now func() time.Time
	// ReadOnly refuses all changes, and nothing is mended.
	ReadOnly bool
	// NoCheck leaves a volume that was not closed as it is.
	NoCheck bool
}

// Volume is a mounted FAT volume. The lock guards all fields.
type Volume struct {
	dev        Device
	o          Options
	lock       sync.Locker
	g          *geometry
	sectorSize int
	ratio      uint64 // device sectors a sector
	table      uint64 // first sector of the FAT that counts
	cache      *cache

	marked    bool // the device says that the volume is in use
	gone      bool // Unmount was called
	zeroed    bool // a directory has grown since the last barrier
	free      uint32
	freeKnown bool
	hint      uint32 // where to look for a free cluster
	noFree    noFree
	pending   []uint32            // heads of chains that are given up at the next flush
	cuts      map[uint32]struct{} // clusters that are ends of chains, likewise

	root      *Node
	nodes     map[nodeKey]*Node
	idle      []*Node // nodes that nobody has open, the oldest first
	names     uint64  // how often a path may have come to lead elsewhere
	last      lastPath
	unsettled map[*Node]struct{}
	unlinked  map[*Node]struct{} // files without entries whose clusters somebody still uses

	part   []byte // a sector, for parts of it
	report Report // of the check at the mount
}

// Mount reads a volume's boot sector, checks all of it, and, where the volume was not
// closed, the whole volume, which it mends (unless the options say otherwise). The error is
// STATUS_UNRECOGNIZED_VOLUME with what is wrong, or the device's.
func Mount(dev Device, o Options) (*Volume, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Lock == nil {
		o.Lock = &sync.Mutex{}
	}
	size := dev.SectorSize()
	if !powerOfTwo(uint32(size)) || size < 512 || size > 4096 {
		return nil, fail(nt.StatusUnrecognizedVolume, "the device has sectors of %d bytes", size)
	}
	b := make([]byte, size)
	if err := dev.ReadAt(b, 0); err != nil {
		return nil, &Error{Status: StatusOf(err), Reason: "reading the boot sector", Cause: err}
	}
	g, err := parseBoot(b, dev.Sectors()*uint64(size))
	if err != nil {
		return nil, err
	}
	if g.sectorSize < size {
		return nil, fail(nt.StatusUnrecognizedVolume, "not a FAT volume: sectors of %d bytes on a device of %d", g.sectorSize, size)
	}
	v := &Volume{dev: dev, o: o, lock: o.Lock, g: g, sectorSize: g.sectorSize, ratio: uint64(g.sectorSize / size),
		table: g.fat + uint64(g.active)*g.fatSectors, cuts: map[uint32]struct{}{}, nodes: map[nodeKey]*Node{},
		unsettled: map[*Node]struct{}{}, unlinked: map[*Node]struct{}{}, hint: firstCluster}
	v.cache = newCache(v)
	v.noFree = make(noFree, g.fatSectors/64+1)
	v.root = &Node{v: v, attr: nt.FileAttributeDirectory, first: g.root, refs: 1, dir: &directory{}}
	dirty, err := v.wasDirty()
	if err != nil {
		return nil, err
	}
	v.marked, v.g.dirty = dirty, dirty
	if dirty && !o.NoCheck && !o.ReadOnly {
		v.lock.Lock()
		v.report, err = v.check(true)
		v.lock.Unlock()
		return v, err
	}
	if !dirty {
		v.readInfo()
	}
	return v, nil
}

// flush writes what waits, in the order of the package's comment. The device is flushed as
// far as that order needs it.
func (v *Volume) flush() error {
	if v.zeroed {
		// The FAT is about to make clusters part of a directory, which must be empty.
		if err := v.barrier(); err != nil {
			return err
		}
		v.zeroed = false
	}
	if err := v.cache.writeTable(); err != nil {
		return err
	}
	if len(v.cache.dirs) > 0 {
		if err := v.barrier(); err != nil {
			return err
		}
		if err := v.cache.writeDirs(); err != nil {
			return err
		}
	}
	if err := v.applyReleases(); err != nil {
		return err
	}
	if err := v.cache.writeTable(); err != nil {
		return err
	}
	v.cache.trim()
	return nil
}

// Flush returns when all that was changed is safe on the device. The volume stays marked
// as in use.
func (v *Volume) Flush() error {
	v.lock.Lock()
	defer v.lock.Unlock()
	if v.gone {
		return fail(nt.StatusVolumeDismounted, "the volume is dismounted")
	}
	return v.flushAll()
}

func (v *Volume) flushAll() error {
	for n := range v.unsettled {
		if err := n.settle(); err != nil {
			return err
		}
	}
	if err := v.flush(); err != nil {
		return err
	}
	return v.barrier()
}

// Clean flushes the volume and marks it as closed, until the next change. A driver calls
// it when nothing was changed for some seconds. While a file is unlinked the mark stays.
func (v *Volume) Clean() error {
	v.lock.Lock()
	defer v.lock.Unlock()
	return v.clean()
}

func (v *Volume) clean() error {
	if v.gone {
		return fail(nt.StatusVolumeDismounted, "the volume is dismounted")
	}
	if err := v.flushAll(); err != nil {
		return err
	}
	if len(v.unlinked) > 0 || !v.marked || v.o.ReadOnly || v.o.NoCheck && v.g.dirty {
		return nil
	}
	count := uint32(infoUnknown)
	if v.freeKnown {
		count = v.free
	}
	if err := v.writeInfo(count, v.hint); err != nil {
		return err
	}
	if err := v.barrier(); err != nil {
		return err
	}
	if err := v.mark(false); err != nil {
		return err
	}
	v.marked = false
	return v.barrier()
}

// Unmount closes the volume. Nodes that are still open fail from then on.
func (v *Volume) Unmount() error {
	v.lock.Lock()
	defer v.lock.Unlock()
	if !v.gone {
		for n := range v.unlinked {
			n.giveUp() // who uses it finds nothing from now on
		}
	}
	err := v.clean()
	v.gone = true
	return err
}

// Root returns the root directory, which is open as long as the volume is mounted.
func (v *Volume) Root() *Node { return v.root }

// Report is what the check at the mount has found.
func (v *Volume) Report() Report { return v.report }

// VolumeInfo describes a volume.
type VolumeInfo struct {
	Kind        Kind
	Label       string
	Serial      uint32
	SectorSize  uint32
	ClusterSize uint32
	Clusters    uint32
	Free        uint32 // clusters
	Dirty       bool   // not closed on the device
}

// Info returns what the volume is. It may have to read the whole FAT the first time.
func (v *Volume) Info() (VolumeInfo, error) {
	v.lock.Lock()
	defer v.lock.Unlock()
	if v.gone {
		return VolumeInfo{}, fail(nt.StatusVolumeDismounted, "the volume is dismounted")
	}
	if len(v.pending) > 0 {
		if err := v.flush(); err != nil {
			return VolumeInfo{}, err
		}
	}
	if err := v.countFree(); err != nil {
		return VolumeInfo{}, err
	}
	label, err := v.label()
	return VolumeInfo{v.g.kind, label, v.g.serial, uint32(v.sectorSize), v.clusterSize(), v.g.clusters, v.free, v.marked}, err
}

// SectorSize is the size of the volume's sectors in bytes, which may be larger than the device's. Any IRQL, no lock.
func (v *Volume) SectorSize() int { return v.sectorSize }

// Serial is the volume's serial number, which does not change. Any IRQL, no lock.
func (v *Volume) Serial() uint32 { return v.g.serial }

func (v *Volume) clusterSize() uint32 { return v.g.perCluster * uint32(v.sectorSize) }

func (v *Volume) String() string {
	return fmt.Sprintf("%v, %d clusters of %d bytes", v.g.kind, v.g.clusters, v.clusterSize())
}
