// Package mountmgr is the mount manager (SPEC I8): it gives volumes drive letters, \??\X:, and the
// names \??\Volume{...}, which lead to \Device\HarddiskVolumeK. What a volume is called stands in
// the registry, SYSTEM\MountedDevices: values \DosDevices\X: and \??\Volume{GUID}, whose data say
// which volume is meant (storage.Volume.UniqueID). A volume that is new there gets the letter that the older
// key SYSTEM\DISK has for it (olddisk.go), else the first letter
// from C on that nobody has, and keeps it, unless it is not for programs (a GPT partition that is
// no basic data partition, or has the attribute "no drive letter").
//
// The volume that the system was started from is C, unless the registry says otherwise. It is the
// one that \ArcName leads to: the class driver finds it by the disk's signature.
//
// IRQL: PASSIVE_LEVEL. Calls come one after the other, from the class driver.
package mountmgr

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"strings"

	"gont/cm"
	"gont/io"
	"gont/io/storage"
	"gont/nt"
	"gont/ob"
)

// Key is where letters are kept.
const Key = `\Registry\Machine\SYSTEM\MountedDevices`

const (
	dosDevices  = `\DosDevices\`
	firstLetter = 'C'
	lastLetter  = 'Z'
	regBinary   = 3
)

// manager is what the mount manager has: the links that it has made for each volume.
var manager struct {
	bootDevice string
	links      map[*storage.Volume][]string
}

// Start waits for volumes. bootDevice is the ARC name of the partition that the system was
// started from.
func Start(bootDevice string) {
	manager.bootDevice, manager.links = bootDevice, map[*storage.Volume][]string{}
	storage.SubscribeVolumes(arrived, gone)
}

// arrived names a volume.
func arrived(v *storage.Volume) {
	k, s := cm.CreateKey(Key, false)
	if !s.OK() {
		k = nil // a volume without a letter that stays is better than none
	} else {
		defer k.Close()
	}
	letters, others := known(k, v)
	if len(letters) == 0 && !v.NoLetter {
		taken := maps.Clone(others)
		l, none := old(k, v, others)
		switch {
		case l != 0 && !taken[l] && !linked(l):
		case none && !isBoot(v):
			l = 0
		default:
			l = freeLetter(v, others)
		}
		if l != 0 {
			letters = []byte{l}
			if k != nil && len(v.UniqueID) > 0 {
				k.SetValue(dosDevices+string(rune(l))+":", regBinary, v.UniqueID)
			}
		}
	}
	for _, l := range letters {
		link(v, `\??\`+string(rune(l))+":")
	}
	if k != nil && len(v.UniqueID) > 0 {
		name := `\??\Volume` + guid(v.UniqueID)
		if _, s := k.Value(name); !s.OK() {
			k.SetValue(name, regBinary, v.UniqueID)
		}
		link(v, name)
	}
}

// known are the letters that the registry has for a volume, and those that it has for others.
func known(k *cm.Key, v *storage.Volume) (letters []byte, others map[byte]bool) {
	others = map[byte]bool{}
	if k == nil {
		return nil, others
	}
	for _, name := range k.Values() {
		rest, ok := strings.CutPrefix(strings.ToUpper(name), strings.ToUpper(dosDevices))
		if !ok || len(rest) != 2 || rest[0] < 'A' || rest[0] > lastLetter || rest[1] != ':' {
			continue
		}
		x, s := k.Value(name)
		switch {
		case !s.OK():
		case len(v.UniqueID) > 0 && bytes.Equal(x.Data, v.UniqueID):
			letters = append(letters, rest[0])
		default:
			others[rest[0]] = true
		}
	}
	return letters, others
}

// freeLetter is the first letter that nobody has; C is left to the volume that the system was
// started from. 0 when there is none.
func freeLetter(v *storage.Volume, others map[byte]bool) byte {
	boot := isBoot(v)
	for l := byte(firstLetter); l <= lastLetter; l++ {
		if others[l] || l == firstLetter && !boot {
			continue
		}
		if !linked(l) {
			return l
		}
	}
	return 0
}

// linked reports whether a letter leads somewhere.
func linked(l byte) bool {
	o, s := ob.Lookup(nil, `\??\`+string(rune(l))+":", true, ob.LinkType)
	if s.OK() {
		o.Dereference()
	}
	return s.OK()
}

// isBoot reports whether \ArcName leads from the boot device to the volume.
func isBoot(v *storage.Volume) bool {
	if manager.bootDevice == "" {
		return false
	}
	o, s := ob.Lookup(nil, `\ArcName\`+manager.bootDevice, true, io.DeviceType)
	if !s.OK() {
		return false
	}
	defer o.Dereference()
	return o.Body == v.Device
}

// link makes a name of a volume that goes with it.
func link(v *storage.Volume, name string) {
	if io.CreateSymbolicLink(name, v.Name) == nt.StatusSuccess {
		manager.links[v] = append(manager.links[v], name)
	}
}

// gone takes a volume's names away; the registry keeps them.
func gone(v *storage.Volume) {
	for _, name := range manager.links[v] {
		io.DeleteSymbolicLink(name)
	}
	delete(manager.links, v)
}

// guid is the GUID of a volume's name, made of what it is known by, so that it is the same on
// each machine.
func guid(id []byte) string {
	h := sha256.Sum256(id)
	h[6], h[8] = h[6]&0x0F|0x50, h[8]&0x3F|0x80
	return fmt.Sprintf("{%x-%x-%x-%x-%x}", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}
