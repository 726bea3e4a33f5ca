package pp

import (
	"gont/cm"
	"gont/nt"
)

// store is the registry as this package uses it: cm's in the kernel, a test's on the host.
type store interface {
	open(path string) (key, nt.Status)
	create(path string, volatile bool) (key, nt.Status)
}

// key is an open key.
type key interface {
	Text(name string) (string, bool)
	Uint32(name string) (uint32, bool)
	SetText(name, text string) nt.Status
	SetUint32(name string, v uint32) nt.Status
	SetMultiText(name string, list []string) nt.Status
	SetValue(name string, typ uint32, data []byte) nt.Status
	Close()
}

// Types of values (REG_...).
const (
	resourceList = 8 // REG_RESOURCE_LIST
)

// Paths of the registry.
const (
	enumPath     = `\Registry\Machine\SYSTEM\CurrentControlSet\Enum`
	controlPath  = `\Registry\Machine\SYSTEM\CurrentControlSet\Control`
	resourcePath = `\Registry\Machine\HARDWARE\RESOURCEMAP`
)

var registry store = cmStore{}

type cmStore struct{}

func (cmStore) open(path string) (key, nt.Status) {
	k, s := cm.OpenKey(path)
	if !s.OK() {
		return nil, s
	}
	return k, s
}

func (cmStore) create(path string, volatile bool) (key, nt.Status) {
	k, s := cm.CreateKey(path, volatile)
	if !s.OK() {
		return nil, s
	}
	return k, s
}
