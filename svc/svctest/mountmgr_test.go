package svctest

import (
	"encoding/binary"
	"testing"

	"gont/cm"
	"gont/io"
	"gont/io/mountmgr"
	"gont/io/storage"
	"gont/nt"
	"gont/ob"
)

// TestMountedDevices (I8): the volume that the system was started from is C; others get a letter
// and keep it; what the registry says wins; names go with their volumes.
func TestMountedDevices(t *testing.T) {
	simulate(t, func(w *world) {
		d, s := io.NewDriver(`\Driver`, "Model", "")
		w.expect("driver", s, nt.StatusSuccess)
		volume := func(name string, signature uint32) *storage.Volume {
			v, s := io.CreateDevice(d, name, nt.FileDeviceDisk, 0, 0)
			w.expect(name, s, nt.StatusSuccess)
			v.Ready()
			id := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(nil, signature), 1<<20)
			if signature == 0 {
				id = nil
			}
			return &storage.Volume{Device: v, Name: name, UniqueID: id}
		}
		leads := func(letter, want string) {
			t.Helper()
			o, s := ob.Lookup(nil, `\DosDevices\`+letter, true, io.DeviceType)
			if want == "" {
				w.expect(letter, s, nt.StatusObjectNameNotFound)
				return
			}
			if w.expect(letter, s, nt.StatusSuccess); s.OK() {
				if o.Name() != want {
					t.Errorf("%s leads to %s, want %s", letter, o.Name(), want)
				}
				o.Dereference()
			}
		}
		ob.CreateDirectory(`\ArcName`)
		const arc = "multi(0)disk(0)rdisk(0)partition(1)"
		mountmgr.Start(arc)
		defer storage.SubscribeVolumes(nil, nil)
		k, s := cm.CreateKey(mountmgr.Key, false)
		w.expect("key", s, nt.StatusSuccess)
		defer k.Close()
		first, boot, third, ram := volume(`\Device\V1`, 1), volume(`\Device\V2`, 2), volume(`\Device\V3`, 3), volume(`\Device\V4`, 0)
		k.SetValue(`\DosDevices\X:`, 3, third.UniqueID)
		k.SetValue(`\DosDevices\E:`, 3, []byte("somebody else's"))
		k.SetValue(`\DosDevices\nonsense`, 3, third.UniqueID)
		io.CreateSymbolicLink(`\ArcName\`+arc, `\Device\V2`)
		for _, v := range []*storage.Volume{first, boot, third, ram} {
			storage.VolumeArrived(v)
		}
		leads("C:", "V2")
		leads("D:", "V1")
		leads("E:", "")
		leads("F:", "V4") // it has nothing that stays
		leads("X:", "V3")
		if v, s := k.Value(`\DosDevices\D:`); !s.OK() || string(v.Data) != string(first.UniqueID) {
			t.Errorf(`\DosDevices\D: is %v, %v`, v, s)
		}
		if _, s := k.Value(`\DosDevices\F:`); s.OK() {
			t.Error("a RAM disk has a value")
		}
		storage.VolumeGone(first.Device)
		leads("D:", "")
		again := volume(`\Device\V5`, 1)
		other := volume(`\Device\V6`, 6)
		storage.VolumeArrived(other)
		leads("D:", "")
		storage.VolumeArrived(again)
		leads("D:", "V5")
		leads("G:", "V6")
		for _, v := range []*storage.Volume{boot, third, ram, again, other} {
			storage.VolumeGone(v.Device)
		}
		leads("C:", "")
	})
}
