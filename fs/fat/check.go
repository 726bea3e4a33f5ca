package fat

import (
	"fmt"

	"gont/nt"
)

// Finding is something that is wrong on a volume.
type Finding struct {
	Path string // of the file or directory; empty: the volume
	What string
}

func (f Finding) String() string {
	if f.Path == "" {
		return f.What
	}
	return f.Path + ": " + f.What
}

// Report is what a check has found.
type Report struct {
	Ran                bool
	Found              []Finding // the first ones
	Count              int       // of all
	Mended             bool
	Files, Directories int
	Lost               uint32 // clusters that belonged to nobody
}

const mostFindings = 100

// checker is a check that runs. Its memory is two bits a cluster and what is said.
type checker struct {
	v       *Volume
	mend    bool
	r       Report
	claimed bitmap           // clusters that belong to a file or directory
	starts  bitmap           // first clusters that an entry has named
	twice   map[uint32]bool  // first clusters that several entries name
	ignored map[nodeKey]bool // entries that go, or would with mend
	dirs    []checkedDir
	renamed int
}

type bitmap []uint64

func (b bitmap) has(c uint32) bool { return b[c/64]>>(c%64)&1 != 0 }
func (b bitmap) set(c uint32)      { b[c/64] |= 1 << (c % 64) }
func (b bitmap) clear(c uint32)    { b[c/64] &^= 1 << (c % 64) }

// checkedDir is a directory that has been found.
type checkedDir struct {
	node *Node
	path string
	up   uint32 // what .. has to say
}

const mostTwice = 4096

// Check looks at the whole volume: FATs that differ, chains that leave the volume, end
// early, go on behind the file's end or share clusters, clusters that belong to nobody,
// damaged entries, and the number of free clusters. With mend, what is wrong is put right,
// and the volume is closed; STATUS_ACCESS_DENIED while somebody has a file open.
//
// Nothing of a file that is whole is changed. Of two names for one chain one remains, of
// files that share a part the first one that is found; lost clusters become free.
// STATUS_DISK_CORRUPT_ERROR, and nothing is changed, where the boot sector and its copy differ.
func (v *Volume) Check(mend bool) (Report, error) {
	v.lock.Lock()
	defer v.lock.Unlock()
	switch {
	case v.gone:
		return Report{}, fail(nt.StatusVolumeDismounted, "the volume is dismounted")
	case mend && v.o.ReadOnly:
		return Report{}, fail(nt.StatusMediaWriteProtected, "the volume is mounted for reading")
	}
	if !v.o.ReadOnly {
		if err := v.flushAll(); err != nil {
			return Report{}, err
		}
	}
	for len(v.idle) > 0 {
		v.idle[0].dismiss()
	}
	if mend && len(v.nodes) > 0 {
		return Report{}, fail(nt.StatusAccessDenied, "%d files are open", len(v.nodes))
	}
	if mend {
		if err := v.touch(); err != nil {
			return Report{}, err
		}
	}
	return v.check(mend)
}

// check is Check with the lock held, and nothing open or waiting.
func (v *Volume) check(mend bool) (Report, error) {
	words := (uint64(v.g.clusters)+firstCluster)/64 + 1
	k := &checker{v: v, mend: mend, claimed: make(bitmap, words), starts: make(bitmap, words),
		twice: map[uint32]bool{}, ignored: map[nodeKey]bool{}}
	k.r.Ran = true
	for _, step := range []func() error{k.boot, k.tables, k.findDirectories, k.settleTwice, k.files, k.label, k.lost, k.finish} {
		if err := step(); err != nil {
			return k.r, err
		}
	}
	k.r.Mended = mend
	return k.r, nil
}

// found notes a finding.
func (k *checker) found(path, format string, a ...any) {
	if k.r.Count++; len(k.r.Found) < mostFindings {
		k.r.Found = append(k.r.Found, Finding{path, fmt.Sprintf(format, a...)})
	}
}

// set changes the FAT if the check mends.
func (k *checker) set(c, x uint32) error {
	if !k.mend {
		return nil
	}
	if len(k.v.cache.table) > k.v.cache.most/2 {
		if err := k.v.cache.writeTable(); err != nil {
			return err
		}
	}
	return k.v.setAny(c, x)
}

// label makes the boot sector's label that of the root directory.
func (k *checker) label() error {
	label, err := k.v.label()
	if err != nil {
		return err
	}
	b, _ := oemUpper(label)
	if same, err := k.v.hasBootLabel(b); err != nil || same {
		return err
	}
	k.found("", "the boot sector's label is not %q", label)
	if !k.mend {
		return nil
	}
	return k.v.bootLabel(b)
}

// finish writes what was mended and closes the volume.
func (k *checker) finish() error {
	v := k.v
	if !k.mend {
		return nil
	}
	v.root.runs, v.root.whole, v.root.length, v.root.dir = nil, false, 0, &directory{}
	v.g.dirty = false
	return v.clean()
}
