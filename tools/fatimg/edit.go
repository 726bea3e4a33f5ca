package fatimg

import (
	"encoding/binary"
	"fmt"
)

// finish repairs what go-diskfs leaves open: the ".." entries of directories
// in the root must name cluster 0, empty files must have no cluster, and the
// FSInfo sectors should know how many clusters are free.
func (v *Volume) finish() error {
	if err := v.finishDir(v.root, false); err != nil {
		return err
	}
	used, err := v.used()

	if err != nil {
		return err
	}
	free, hint := uint32(0), uint32(0)
	for c := uint32(2); c < v.count+2; c++ {
		if !used[c] {
			free++
		} else {
			hint = c
		}
	}
	b := make([]byte, 8)
	binary.LittleEndian.PutUint32(b, free)
	binary.LittleEndian.PutUint32(b[4:], hint)
	for _, sector := range []int64{1, backupBoot + 1} {
		if _, err := v.f.WriteAt(b, v.start+sector*SectorSize+488); err != nil {
			return err
		}
	}
	return nil
}

// finishDir mends the directory that begins at cluster first; inRoot says that
// it lies in the root.
func (v *Volume) finishDir(first uint32, inRoot bool) error {
	l, err := v.list(first)
	if err != nil {
		return err
	}
	for _, s := range l {
		switch {
		case s.name == ".":
		case s.name == "..":
			if inRoot {
				err = v.setCluster(s, 0)
			}
		case s.dir:
			err = v.finishDir(s.cluster, first == v.root)
		case s.size == 0 && s.cluster != 0:
			if err = v.setNext(s.cluster, 0); err == nil {
				err = v.setCluster(s, 0)
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

// setCluster changes the first cluster in a directory entry.
func (v *Volume) setCluster(s slot, cluster uint32) error {
	b := make([]byte, 2)
	binary.LittleEndian.PutUint16(b, uint16(cluster>>16))
	if _, err := v.f.WriteAt(b, s.at+20); err != nil {
		return err
	}
	binary.LittleEndian.PutUint16(b, uint16(cluster))
	_, err := v.f.WriteAt(b, s.at+26)
	return err
}

// used tells of every cluster number whether it is taken.
func (v *Volume) used() ([]bool, error) {
	b := make([]byte, int64(v.count+2)*4)
	if _, err := v.f.ReadAt(b, v.fat); err != nil {
		return nil, err
	}
	u := make([]bool, v.count+2)
	for i := range u {
		u[i] = i < 2 || binary.LittleEndian.Uint32(b[i*4:])&0x0fffffff != 0
	}
	return u, nil
}

// Scatter moves every cluster of a file to another place so that no two that
// follow one another in the file are neighbours on the disk, and every second
// step goes backwards: the worst a fragmented volume can do to a boot loader.
// The volume stays valid.
func (v *Volume) Scatter(path string) error {
	s, err := v.lookup(path)
	if err != nil {
		return err
	}
	if s.dir || s.cluster == 0 {
		return fmt.Errorf("%s is a directory or empty", path)
	}
	old, err := v.chain(s.cluster)
	if err != nil {
		return err
	}
	used, err := v.used()
	if err != nil {
		return err
	}
	var free []uint32
	for c := uint32(2); c < v.count+2; c++ {
		if !used[c] {
			free = append(free, c)
		}
	}
	if len(free) < 2*len(old)+2 {
		return fmt.Errorf("%s has %d clusters and only %d are free", path, len(old), len(free))
	}
	to := make([]uint32, len(old))
	for i := range to {
		if k := i / 2 * 2; i%2 == 0 {
			to[i] = free[len(free)-1-k]
		} else {
			to[i] = free[k]
		}
	}
	buf := make([]byte, v.spc)
	for i, c := range old {
		if _, err := v.f.ReadAt(buf, v.offset(c)); err != nil {
			return err
		}
		if _, err := v.f.WriteAt(buf, v.offset(to[i])); err != nil {
			return err
		}
		link := uint32(0x0fffffff)
		if i+1 < len(to) {
			link = to[i+1]
		}
		if err := v.setNext(to[i], link); err != nil {
			return err
		}
	}
	if err := v.setCluster(s, to[0]); err != nil {
		return err
	}
	for _, c := range old {
		if err := v.setNext(c, 0); err != nil {
			return err
		}
	}
	return nil
}
