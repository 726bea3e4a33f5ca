package cm

// pathCache knows where some full paths lead that have been opened before. It holds no
// references: what deletes or moves a key, changes where a link leads, or takes a hive away
// empties it. A key that is made changes no path that was known. mu guards it.
type pathCache map[string]place // by what follows \Registry

var paths = pathCache{}

// mostPaths is how many paths are known at a time, longestPath how long one may be in bytes.
const (
	mostPaths   = 512
	longestPath = 256
)

// add remembers where a path leads.
func (p pathCache) add(path string, at place) {
	if len(path) > longestPath {
		return
	}
	if len(p) >= mostPaths {
		p.forget()
	}
	p[path] = at
}

// forget empties the cache.
func (p pathCache) forget() {
	if len(p) > 0 {
		clear(p)
	}
}
