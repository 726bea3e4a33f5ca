package kd

import "sync"

// Image is what the debugger knows of an image that has been loaded.
type Image struct {
	Name     string // full path
	Base     uint64
	Size     uint64
	Entry    uint64
	CheckSum uint32
}

// Contains reports whether an address lies in the image.
func (i *Image) Contains(a uint64) bool { return a-i.Base < i.Size }

var images struct {
	mu   sync.Mutex
	list []*Image
}

// SymbolsLoaded, if it is not nil, is called for every image that is announced: the debugger
// stops there if it is asked to.
var SymbolsLoaded func(*Image)

// LoadSymbols is DbgLoadImageSymbols (SPEC P0.12): an image is there from now on. It returns
// false, and does nothing, for one that lies over another, or has no bytes. PASSIVE_LEVEL,
// or phase 0.
func LoadSymbols(i Image) bool {
	images.mu.Lock()
	for _, o := range images.list {
		if i.Base < o.Base+o.Size && o.Base < i.Base+i.Size {
			images.mu.Unlock()
			return false
		}
	}
	if i.Size == 0 || i.Base+i.Size < i.Base {
		images.mu.Unlock()
		return false
	}
	images.list = append(images.list, &i)
	images.mu.Unlock()
	if f := SymbolsLoaded; f != nil {
		f(&i)
	}
	return true
}

// UnloadSymbols is DbgUnLoadImageSymbols: the image at base is gone. It returns false where
// there was none.
func UnloadSymbols(base uint64) bool {
	images.mu.Lock()
	defer images.mu.Unlock()
	for n, i := range images.list {
		if i.Base == base {
			images.list = append(images.list[:n:n], images.list[n+1:]...)
			return true
		}
	}
	return false
}

// Images returns all images in the order in which they came, the kernel first.
func Images() []*Image {
	images.mu.Lock()
	defer images.mu.Unlock()
	return images.list[:len(images.list):len(images.list)]
}

// FindImage returns the image that an address lies in, nil if there is none. It takes no lock
// and may be called on the stop screen.
func FindImage(a uint64) *Image {
	for _, i := range images.list {
		if i.Contains(a) {
			return i
		}
	}
	return nil
}
