package ob

// prefix is the beginning of a path from the root, up to an object with a Parse procedure. It
// is good while changes is stamp.
type prefix struct {
	parser      *Object
	stamp       uint64
	length      int // of text
	insensitive bool
	text        [30]byte
}

// lately are the prefixes that the last walks have come by, since most paths begin as the one before
// does: `\??\C:`. next is the one that is replaced next. mu guards them.
var (
	lately [2]prefix
	next   int
)

// latelyFound is the walk of a path that begins with one of lately, to its parser and what is
// left of the path; nil for any other. mu is held.
func latelyFound(path string, insensitive bool) (parser *Object, rest string) {
	for i := range lately {
		p := &lately[i]
		n := p.length
		if p.parser != nil && n < len(path) && path[n] == '\\' && p.stamp == changes && p.insensitive == insensitive &&
			len(path) <= MaximumName && string(p.text[:n]) == path[:n] {
			return p.parser, path[n:]
		}
	}
	return nil, ""
}

// keepFound has the next walks know where a prefix leads. mu is held.
func keepFound(path string, parser *Object, insensitive bool) {
	if len(path) > len(lately[0].text) {
		return
	}
	p := &lately[next]
	next = (next + 1) % len(lately)
	p.parser, p.stamp, p.insensitive = parser, changes, insensitive
	p.length = copy(p.text[:], path)
}
