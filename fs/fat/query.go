package fat

import (
	"strings"

	"gont/nt"
)

// Path is the node's path from the root, `\` for the root itself.
func (n *Node) Path() string {
	n.v.lock.Lock()
	defer n.v.lock.Unlock()
	if n.parent == nil {
		return `\`
	}
	var parts []string
	for ; n.parent != nil; n = n.parent {
		parts = append(parts, n.name)
	}
	var b strings.Builder
	for i := len(parts) - 1; i >= 0; i-- {
		b.WriteByte('\\')
		b.WriteString(parts[i])
	}
	return b.String()
}

// Bitmap fills b with a bit a cluster from the first-th on, counted from 0, lowest bit first: 1 is
// not free. It returns how many clusters the volume has from there on.
func (v *Volume) Bitmap(first uint32, b []byte) (clusters uint32, err error) {
	v.lock.Lock()
	defer v.lock.Unlock()
	switch {
	case v.gone:
		return 0, fail(nt.StatusVolumeDismounted, "the volume is dismounted")
	case first >= v.g.clusters:
		return 0, fail(nt.StatusInvalidParameter, "the volume has %d clusters", v.g.clusters)
	}
	clear(b)
	clusters = v.g.clusters - first
	for i := uint32(0); i < clusters && int(i/8) < len(b); i++ {
		x, err := v.raw(first + i + firstCluster)
		if err != nil {
			return clusters, err
		}
		if x != free {
			b[i/8] |= 1 << (i % 8)
		}
		if i&0xFFF == 0 {
			v.cache.trim()
		}
	}
	return clusters, nil
}

// ClusterOf is the number, from 0 on, of the cluster with a sector of a Run.
func (v *Volume) ClusterOf(sector uint64) uint64 { return (sector - v.g.data) / uint64(v.g.perCluster) }

// MarkDirty marks the volume as in use, so that it is checked when it is mounted after the power
// was cut.
func (v *Volume) MarkDirty() error {
	v.lock.Lock()
	defer v.lock.Unlock()
	return v.touch()
}

// Changed reports whether the volume is marked as in use: something was changed since it was
// mounted or closed.
func (v *Volume) Changed() bool {
	v.lock.Lock()
	changed := v.marked && !v.gone
	v.lock.Unlock()
	return changed
}
