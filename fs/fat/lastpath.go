package fat

// lastPath is the path from the root that was opened last, since many a file is looked up several
// times in a row: asked for its times, opened, asked again. It is good while names is the
// volume's.
type lastPath struct {
	node   *Node
	names  uint64
	length int
	text   [80]byte
}

// find returns the path's node, nil if it is not known.
func (l *lastPath) find(path string, names uint64) *Node {
	if l.names == names && l.node != nil && string(l.text[:l.length]) == path {
		return l.node
	}
	return nil
}

// keep has find know a path's node.
func (l *lastPath) keep(path string, names uint64, n *Node) {
	if len(path) <= len(l.text) {
		l.node, l.names, l.length = n, names, copy(l.text[:], path)
	}
}
