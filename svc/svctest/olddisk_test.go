package svctest

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"gont/cm"
	"gont/io"
	"gont/io/mountmgr"
	"gont/io/storage"
	"gont/nt"
	"gont/ob"
)

// oldPartition is DISK_PARTITION.
type oldPartition struct {
	kind          uint32
	start, length uint64
	letter        byte
	assign        byte
}

// oldDisk is DISK_DESCRIPTION.
type oldDisk struct {
	signature  uint32
	partitions []oldPartition
}

// information makes SYSTEM\DISK's value, with something between its parts.
func information(disks []oldDisk) []byte {
	le := binary.LittleEndian
	r := le.AppendUint32(nil, uint32(len(disks)))
	for _, d := range disks {
		r = le.AppendUint32(le.AppendUint32(r, uint32(len(d.partitions))), d.signature)
		for i, p := range d.partitions {
			x := le.AppendUint32(le.AppendUint32(nil, p.kind), 0)
			x = le.AppendUint64(le.AppendUint64(le.AppendUint64(x, p.start), p.length), 0)
			x = append(le.AppendUint64(x, 0), p.letter, p.assign)
			x = append(le.AppendUint16(x, uint16(i+1)), 0xFF, 0xFF, 0, 0, 0, 0, 0, 0)
			r = append(r, x...)
		}
	}
	h := make([]byte, 44)
	le.PutUint32(h, 3)
	le.PutUint32(h[12:], 48)
	le.PutUint32(h[16:], uint32(len(r)))
	return append(append(h, 1, 2, 3, 4), append(r, 0xFF, 0xFF, 0xFF)...)
}

// TestOldDisk (I8): a volume that MountedDevices has no letter for gets the one of SYSTEM\DISK, and keeps it there; MountedDevices
// wins; letters of partitions that may still come are not given away; another length is another volume; who has none gets none; a
// damaged value is as good as none.
func TestOldDisk(t *testing.T) {
	simulate(t, func(w *world) {
		d, s := io.NewDriver(`\Driver`, "Model", "")
		w.expect("driver", s, nt.StatusSuccess)
		made := 0
		volume := func(signature uint32, start, length uint64) *storage.Volume {
			made++
			name := `\Device\Old` + string(rune('A'+made))
			v, s := io.CreateDevice(d, name, nt.FileDeviceDisk, 0, 0)
			w.expect(name, s, nt.StatusSuccess)
			v.Ready()
			return &storage.Volume{Device: v, Name: name, Length: length, UniqueID: binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(nil, signature), start)}
		}
		letters := func(v *storage.Volume) (all string) {
			for l := 'A'; l <= 'Z'; l++ {
				if o, s := ob.Lookup(nil, `\??\`+string(l)+":", true, io.DeviceType); s.OK() {
					if o.Body == v.Device {
						all += string(l)
					}
					o.Dereference()
				}
			}
			return all
		}
		mountmgr.Start("")
		defer storage.SubscribeVolumes(nil, nil)
		k, s := cm.CreateKey(mountmgr.Key, false)
		w.expect("key", s, nt.StatusSuccess)
		defer k.Close()
		k.SetValue(`\DosDevices\T:`, 3, binary.LittleEndian.AppendUint64([]byte{1, 0, 0, 0}, 4<<20))
		old, s := cm.CreateKey(mountmgr.OldKey, false)
		w.expect("key", s, nt.StatusSuccess)
		defer old.Close()
		const meg = 1 << 20
		good := information([]oldDisk{
			{1, []oldPartition{{4, 1 * meg, meg, 'H', 1}, {4, 2 * meg, meg, 'd', 1}, {4, 3 * meg, meg, 0, 1}, {4, 4 * meg, meg, 'I', 1}, {4, 5 * meg, meg, 'J', 0}}},
			{2, []oldPartition{{0, 1 * meg, meg, 'K', 1}, {4, 2 * meg, meg, ' ', 1}, {4, 3 * meg, meg, 'T', 1}}},
			{3, nil},
			{4, []oldPartition{{4, 1 * meg, meg, 'E', 1}}}, // does not come
		})
		old.SetValue("Information", 3, good)
		for _, c := range []struct {
			signature     uint32
			start, length uint64
			want          string
		}{
			{1, 1 * meg, meg, "H"},
			{5, 1 * meg, meg, "F"}, // D and E are for others
			{1, 2 * meg, meg, "D"},
			{1, 3 * meg, meg, "G"}, // any
			{1, 4 * meg, meg, "T"}, // MountedDevices has one
			{1, 5 * meg, meg, ""},  // none
			{2, 1 * meg, meg, ""},  // of a mirror
			{2, 2 * meg, meg, "I"}, // any: I is not waited for, its volume has T
			{2, 3 * meg, meg, "J"}, // T is somebody's
			{1, 1*meg + 512, meg, "K"},
			{4, 1 * meg, 2 * meg, "E"}, // another partition at this place
		} {
			v := volume(c.signature, c.start, c.length)
			storage.VolumeArrived(v)
			if c.signature == 4 {
				k.DeleteValue(`\DosDevices\E:`)
			} else {
				defer storage.VolumeGone(v.Device)
			}
			if got := letters(v); got != c.want {
				t.Errorf("disk %d, %d+%d: %q, want %q", c.signature, c.start, c.length, got, c.want)
			}
			if c.signature == 4 {
				storage.VolumeGone(v.Device)
			}
		}
		if v, s := k.Value(`\DosDevices\H:`); !s.OK() || len(v.Data) != 12 || v.Data[0] != 1 {
			t.Errorf("H: is not kept: %v, %v", v, s)
		}
		// Damaged values: nothing of them is used, and nothing happens.
		random := rand.New(rand.NewPCG(8, 8))
		for i := 0; i < len(good)+1000; i += 5 {
			b := append([]byte(nil), good...)
			if i < len(b) {
				b = b[:i]
			} else {
				for range 1 + random.IntN(3) {
					b[random.IntN(len(b))] = byte(random.Uint32())
				}
			}
			old.SetValue("Information", 3, b)
			v := volume(0xAAAA0000+uint32(i), meg, meg)
			storage.VolumeArrived(v)
			got := letters(v)
			storage.VolumeGone(v.Device)
			k.DeleteValue(`\DosDevices\` + got + ":")
			io.DeleteDevice(v.Device)
			made--
			if i < len(good)-3 && got != "E" { // cut: E is free again
				t.Errorf("%d bytes: %q", i, got)
			}
		}
	})
}
