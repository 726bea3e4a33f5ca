package io

import (
	"fmt"
	"slices"
	"strings"

	"gont/mm"
	"gont/nt"
)

// Images are files of drivers that are kept in memory, where ReadImage finds them until
// there is a file system: those of boot drivers, and those that the loader was asked to
// read (BOOTFILES). The thread that starts the system calls Keep; nobody keeps more from
// then on.
type Images struct{ files []keptImage }

type keptImage struct {
	path string
	Image
}

var keptTag = mm.Tag{'D', 'r', 'v', 'F'}

// Keep copies an image into paged pool. What is empty, larger than a block of pool, or finds
// no memory is not kept: it is not found later.
func (k *Images) Keep(path string, i Image) {
	if len(i.Bytes) == 0 || len(i.Bytes) > mm.MaximumPoolBlock {
		return
	}
	p := mm.AllocatePool(mm.PagedPool, len(i.Bytes), keptTag)
	if p == nil {
		return
	}
	copy(p, i.Bytes)
	k.files = append(k.files, keptImage{path, Image{Bytes: p[:len(i.Bytes)], InMemory: i.InMemory}})
}

// Read is ReadImage; names are compared without case, and the first of a name counts.
func (k *Images) Read(path string) (Image, nt.Status) {
	i := slices.IndexFunc(k.files, func(f keptImage) bool { return strings.EqualFold(f.path, path) })
	if i < 0 {
		return Image{}, nt.StatusObjectNameNotFound
	}
	return k.files[i].Image, nt.StatusSuccess
}

// IsDriverFile reports whether a file's name is that of a driver.
func IsDriverFile(name string) bool { return strings.HasSuffix(strings.ToLower(name), ".sys") }

// String says which driver was not started, and why.
func (f *Failure) String() string {
	text := fmt.Sprintf("the driver %s was not started: %v", f.Name, f.Status)
	if f.Reason != "" {
		text += ", " + f.Reason
	}
	if f.File != "" {
		text += " (" + f.File + ")"
	}
	return text
}
