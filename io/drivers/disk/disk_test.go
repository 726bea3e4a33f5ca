package disk

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"gont/fs/partition"
	"gont/io"
	"gont/io/storage"
	"gont/ke"
	"gont/nt"
	"gont/ob"
)

// table is a disk of 4 MiB with an MBR and two partitions.
func table() []byte {
	b := make([]byte, 4<<20)
	for i, p := range [][2]uint32{{64, 1000}, {2000, 4000}} {
		e := b[446+16*i:]
		e[4] = 0x0C
		put32(e[8:], p[0])
		put32(e[12:], p[1])
	}
	b[446] = 0x80
	put32(b[440:], 0xCAFE0001)
	b[510], b[511] = 0x55, 0xAA
	return b
}

func put32(b []byte, v uint32) {
	b[0], b[1], b[2], b[3] = byte(v), byte(v>>8), byte(v>>16), byte(v>>24)
}

func fill(n int, seed byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7) + byte(i>>8) + seed
	}
	return b
}

// TestNames (I8): a disk's devices and links, by the loader's name too, and that they go.
func TestNames(t *testing.T) {
	simulate(t, func(w *world) {
		ArcDisks = []ArcDisk{{Name: "multi(0)disk(0)rdisk(1)", Signature: 1}, {Name: "multi(0)disk(0)rdisk(0)", Signature: 0xCAFE0001}}
		defer func() { ArcDisks = nil }()
		m := w.newModel(storage.Port{}, table())
		storage.Arrived(&m.port) // before the class driver is there
		d := w.start()
		empty := w.newModel(storage.Port{}, make([]byte, 1<<20))
		storage.Arrived(&empty.port)
		for name, want := range map[string]*io.Device{
			`\Device\Harddisk0\Partition0`: class.disks[0].device, `\??\PhysicalDrive0`: class.disks[0].device,
			`\Device\HarddiskVolume1`: class.disks[0].volumes[0], `\Device\Harddisk0\Partition1`: class.disks[0].volumes[0],
			`\Device\Harddisk0\Partition2`: class.disks[0].volumes[1], `\ArcName\multi(0)disk(0)rdisk(0)partition(2)`: class.disks[0].volumes[1],
			`\ArcName\multi(0)disk(0)rdisk(0)`: class.disks[0].device, `\Device\Harddisk1\Partition1`: class.disks[1].volumes[0],
		} {
			if got := w.device(name); got != want {
				t.Errorf("%s is another device", name)
			}
		}
		v := w.device(`\Device\Harddisk0\Partition2`)
		b := fill(1024, 1)
		w.expect("write", storage.Send(v, io.Write, b, 512), nt.StatusSuccess)
		if !bytes.Equal(m.data[2001*512:][:1024], b) {
			t.Error("it lies elsewhere")
		}
		for _, c := range []struct {
			at   int64
			n    int
			want nt.Status
		}{{4000 * 512, 512, nt.StatusEndOfFile}, {3999 * 512, 1024, nt.StatusInvalidParameter}, {100, 512, nt.StatusInvalidParameter}, {0, 100, nt.StatusInvalidParameter},
			{-512, 512, nt.StatusInvalidParameter}, {3999 * 512, 512, nt.StatusSuccess}, {0, 0, nt.StatusSuccess}} {
			w.expect("read", storage.Send(v, io.Read, make([]byte, c.n), c.at), c.want)
		}
		if i := Disks(); len(i) != 2 || len(i[0].Partitions) != 2 || i[0].Partitions[1].Number != 2 || i[0].Partitions[1].Device != `\Device\HarddiskVolume2` || i[0].Counts.Writes != 1 {
			t.Errorf("%+v", i)
		}
		storage.Gone(&m.port)
		for _, name := range []string{`\Device\Harddisk0\Partition0`, `\Device\HarddiskVolume1`, `\ArcName\multi(0)disk(0)rdisk(0)partition(2)`} {
			if _, s := ob.Lookup(nil, name, true, nil); s.OK() {
				t.Errorf("%s is still there", name)
			}
		}
		storage.Arrived(&m.port) // comes back, with the number that is free
		w.device(`\Device\Harddisk0\Partition1`)
		if d.Unload(d); len(class.disks) != 0 {
			t.Error("disks after Unload")
		}
		storage.Gone(&m.port)
		storage.Gone(&empty.port)
	})
}

// TestPieces (I10): requests are cut, several are with the port at a time, sectors have 512
// and 4096 bytes.
func TestPieces(t *testing.T) {
	for _, size := range []uint32{512, 4096} {
		simulate(t, func(w *world) {
			m := w.newModel(storage.Port{SectorSize: size, MaximumSectors: 3, Requests: 4}, make([]byte, 4<<20))
			storage.Arrived(&m.port)
			w.start()
			v := w.device(`\Device\Harddisk0\Partition0`)
			m.late, m.log = true, nil
			b := fill(int(size)*10, 3)
			w.expect("write", storage.Send(v, io.Write, b, int64(size)*5), nt.StatusSuccess)
			if len(m.log) != 4 || m.log[3].Count != 1 || m.log[3].Sector != 14 || !bytes.Equal(m.data[size*5:][:len(b)], b) {
				t.Errorf("%+v", m.log)
			}
			over := 0
			done := ke.NewEvent(nt.NotificationEvent, false)
			for i := range 20 {
				irp := io.AllocateIrp(1)
				l := irp.NextLocation()
				l.Major, l.Length, l.ByteOffset, l.Argument = io.Read, size, int64(i)*int64(size), storage.Bytes(make([]byte, size))
				irp.SetCompletionRoutine(func(_ *io.Device, irp *io.IRP, _ any) nt.Status {
					w.expect("read", irp.IoStatus, io.IoStatus{Status: nt.StatusSuccess, Information: uint64(size)})
					if over++; over == 20 {
						done.Set()
					}
					return nt.StatusMoreProcessingRequired
				}, nil, true, true, true)
				io.CallDriver(v, irp)
			}
			ke.WaitForSingleObject(done, ke.KernelMode, false, nil)
			w.expect("at a time", m.most, 4)
			storage.Gone(&m.port)
		})
	}
}

// TestWriteThrough (I10): with a write cache such a write is followed by a flush, or has the
// port's own way.
func TestWriteThrough(t *testing.T) {
	for _, c := range []struct {
		port storage.Port
		want string
	}{{storage.Port{}, "1"}, {storage.Port{WriteCache: true}, "12"}, {storage.Port{WriteCache: true, ForceUnit: true}, "1F"}} {
		simulate(t, func(w *world) {
			m := w.newModel(c.port, make([]byte, 1<<20))
			storage.Arrived(&m.port)
			w.start()
			v := w.device(`\Device\Harddisk0\Partition0`)
			m.log = nil
			irp := io.AllocateIrp(1)
			l := irp.NextLocation()
			l.Major, l.Length, l.Flags, l.Argument = io.Write, 512, slWriteThrough, storage.Bytes(make([]byte, 512))
			w.expect("write", io.Synchronously(v, irp), nt.StatusSuccess)
			got := ""
			for _, r := range m.log {
				got += string('0' + rune(r.Function))
				if r.ForceUnit {
					got += "F"
				}
			}
			w.expect("requests", got, c.want)
			m.log = nil
			w.expect("flush", storage.Send(v, io.FlushBuffers, nil, 0), nt.StatusSuccess)
			if len(m.log) != 1 || m.log[0].Function != storage.Flush {
				t.Errorf("%v", m.log)
			}
			storage.Gone(&m.port)
		})
	}
}

// TestErrors (I10): what a port can answer, and what comes of it.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		name   string
		status nt.Status
		times  int
		want   nt.Status
		sent   int // requests but resets
		resets int
	}{
		{"once", nt.StatusCrcError, 1, 0, 2, 0},
		{"three times", nt.StatusDeviceDataError, 3, 0, 4, 1},
		{"always", nt.StatusDeviceDataError, 1000, nt.StatusDeviceDataError, mostTries, 1},
		{"busy", nt.StatusDeviceBusy, 7, 0, 8, 0},
		{"always busy", nt.StatusDeviceBusy, 1000, nt.StatusDeviceBusy, mostBusy + 1, 0},
		{"protected", nt.StatusMediaWriteProtected, 1000, nt.StatusMediaWriteProtected, 1, 0},
		{"beyond", nt.StatusNonexistentSector, 1000, nt.StatusNonexistentSector, 1, 0},
		{"gone", nt.StatusDeviceNotConnected, 1000, nt.StatusDeviceNotConnected, 1, 0},
		{"held once", hold, 1, 0, 2, 1},
		{"held always", hold, 1000, nt.StatusIoTimeout, 4, 3},
	} {
		for _, late := range []bool{false, true} {
			t.Run(c.name, func(t *testing.T) {
				simulate(t, func(w *world) {
					m := w.newModel(storage.Port{Requests: 2}, table())
					storage.Arrived(&m.port)
					w.start()
					v := w.device(`\Device\Harddisk0\Partition0`)
					n := 0
					m.log, m.late = nil, late
					m.fail = func(r *storage.Request) nt.Status {
						if n++; n <= c.times {
							return c.status
						}
						return 0
					}
					b := fill(512, 9)
					w.expect("write", storage.Send(v, io.Write, b, 5120), c.want)
					if c.want.OK() != bytes.Equal(m.data[5120:][:512], b) {
						t.Error("the disk does not have what it should")
					}
					w.expect("requests", len(m.log)-m.resets, c.sent)
					w.expect("resets", m.resets, c.resets)
					m.fail = nil
					again := nt.Status(0) // it goes on, unless it is dead
					if c.want == nt.StatusDeviceNotConnected || c.want == nt.StatusIoTimeout {
						again = c.want
					}
					w.expect("afterwards", storage.Send(v, io.Read, make([]byte, 512), 0), again)
					told := strings.Contains(strings.Join(w.said, "\n"), "Disk 0 (model): writing sectors 10 to 10 failed 5 times: STATUS_DEVICE_DATA_ERROR.")
					w.expect("a line", told, c.want == nt.StatusDeviceDataError)
					storage.Gone(&m.port)
				})
			})
		}
	}
}

// TestKept (I10): a port that gives a request back neither in time nor at a reset, and then
// after all.
func TestKept(t *testing.T) {
	simulate(t, func(w *world) {
		m := w.newModel(storage.Port{Requests: 3}, table())
		storage.Arrived(&m.port)
		w.start()
		v := w.device(`\Device\Harddisk0\Partition0`)
		first := true
		m.keep = true
		m.fail = func(r *storage.Request) nt.Status {
			if first {
				first = false
				return hold
			}
			return 0
		}
		began := ke.InterruptTime()
		w.expect("read", storage.Send(v, io.Read, make([]byte, 512), 0), nt.StatusSuccess)
		if waited := ke.InterruptTime() - began; waited < defaultTimeout || waited > defaultTimeout+3*oneSecond {
			t.Errorf("after %d", waited)
		}
		w.expect("lost", Disks()[0].Counts.Lost, uint64(1))
		io.Complete(m.held[0], nt.StatusSuccess, 512) // too late
		for range 5 {
			w.expect("read", storage.Send(v, io.Read, make([]byte, 512), 0), nt.StatusSuccess)
		}
		// A reset that never comes back: who waits hears of it, and so does who comes.
		m.resetAs = hold
		m.fail = func(*storage.Request) nt.Status { return hold }
		w.expect("read", storage.Send(v, io.Read, make([]byte, 512), 0), nt.StatusIoTimeout)
		w.expect("read", storage.Send(v, io.Read, make([]byte, 512), 0), nt.StatusIoTimeout)
		if !Disks()[0].Dead || !strings.Contains(strings.Join(w.said, "\n"), "Disk 0 (model) does not answer.") {
			t.Errorf("%v %q", Disks(), w.said)
		}
		storage.Gone(&m.port)
	})
}

// TestGone (I10): a disk is pulled out while its port has a request: Gone waits for it, and
// for one that does not come back, no longer than ten seconds.
func TestGone(t *testing.T) {
	for _, comes := range []bool{true, false} {
		simulate(t, func(w *world) {
			m := w.newModel(storage.Port{Requests: 2}, table())
			storage.Arrived(&m.port)
			w.start()
			v := w.device(`\Device\Harddisk0\Partition0`)
			m.fail = func(*storage.Request) nt.Status { return hold }
			var ended []nt.Status
			for range 3 {
				irp := io.AllocateIrp(1)
				l := irp.NextLocation()
				l.Major, l.Length, l.Argument = io.Read, 512, storage.Bytes(make([]byte, 512))
				irp.SetCompletionRoutine(func(_ *io.Device, irp *io.IRP, _ any) nt.Status {
					ended = append(ended, irp.IoStatus.Status)
					return nt.StatusMoreProcessingRequired
				}, nil, true, true, true)
				io.CallDriver(v, irp)
			}
			if comes {
				timer, dpc := ke.NewTimer(nt.SynchronizationTimer), ke.NewDpc(func(any) {
					for _, irp := range m.held {
						io.Complete(irp, nt.StatusSuccess, 512)
					}
				})
				timer.SetDpc(-5*tick, 0, dpc)
			}
			began := ke.InterruptTime()
			storage.Gone(&m.port)
			waited := ke.InterruptTime() - began
			if comes != (waited < oneSecond) || waited > 11*oneSecond {
				t.Errorf("Gone has waited %d", waited)
			}
			if len(ended) != 3 || ended[0] != nt.StatusDeviceNotConnected || ended[2] != nt.StatusDeviceNotConnected {
				t.Errorf("%v", ended)
			}
		})
	}
}

// TestStorm (I10): a thousand errors of all kinds while several requests are under way: each
// ends, those that succeed have the right data, and no packet is lost.
func TestStorm(t *testing.T) {
	simulate(t, func(w *world) {
		m := w.newModel(storage.Port{Requests: 8, MaximumSectors: 4, WriteCache: true}, table())
		storage.Arrived(&m.port)
		w.start()
		v := w.device(`\Device\Harddisk0\Partition0`)
		r := rand.New(rand.NewPCG(1, 2))
		kinds := []nt.Status{nt.StatusCrcError, nt.StatusDeviceBusy, nt.StatusIoDeviceError, nt.StatusNonexistentSector, nt.StatusIoTimeout, hold}
		errors, succeeded, failed := 0, 0, 0
		m.late = true
		m.fail = func(*storage.Request) nt.Status {
			if r.IntN(4) > 0 {
				return 0
			}
			errors++
			k := kinds[r.IntN(len(kinds)*4)%len(kinds)]
			if k == hold && r.IntN(20) > 0 {
				k = nt.StatusCrcError
			}
			return k
		}
		for round := 0; errors < 1000; round++ {
			over, done := 0, ke.NewEvent(nt.NotificationEvent, false)
			for i := range 16 {
				irp := io.AllocateIrp(1)
				l := irp.NextLocation()
				b := fill(512*(1+r.IntN(9)), byte(round+i))
				at := int64(512 * (100 + i*10))
				l.Major, l.Length, l.ByteOffset, l.Argument = io.Write, uint32(len(b)), at, storage.Bytes(b)
				irp.SetCompletionRoutine(func(_ *io.Device, irp *io.IRP, _ any) nt.Status {
					if irp.IoStatus.Status.OK() {
						if succeeded++; !bytes.Equal(m.data[at:][:len(b)], b) {
							t.Error("the data are not there")
						}
					} else {
						failed++
					}
					if over++; over == 16 {
						done.Set()
					}
					return nt.StatusMoreProcessingRequired
				}, nil, true, true, true)
				io.CallDriver(v, irp)
			}
			ke.WaitForSingleObject(done, ke.KernelMode, false, nil)
			if Disks()[0].Dead {
				t.Fatal("the disk is dead", w.said)
			}
		}
		t.Logf("%d errors, %d succeeded, %d failed: %+v", errors, succeeded, failed, Disks()[0].Counts)
		m.fail = nil
		n := 0
		for p := class.disks[0].free; p != nil; p = p.next {
			n++
		}
		w.expect("packets", n, 8)
		storage.Gone(&m.port)
	})
}

// TestControl: control codes, by a file's way.
func TestControl(t *testing.T) {
	simulate(t, func(w *world) {
		m := w.newModel(storage.Port{ReadOnly: true}, table())
		storage.Arrived(&m.port)
		w.start()
		v := w.device(`\Device\HarddiskVolume2`)
		code := func(c uint32, room int) (nt.Status, []byte) {
			irp := io.AllocateIrp(1)
			l := irp.NextLocation()
			l.Major, l.Code, l.Length = io.DeviceControl, c, uint32(room)
			irp.SystemBuffer = make([]byte, room)
			return io.Synchronously(v, irp), irp.SystemBuffer
		}
		if s, b := code(nt.IoctlDiskGetPartitionInfo, 32); !s.OK() || b[16] != 0 || b[20] != 2 || b[24] != 0x0C {
			t.Errorf("%v %v", s, b)
		}
		for c, want := range map[uint32]nt.Status{nt.IoctlDiskGetLengthInfo: 0, nt.IoctlDiskGetDriveGeometry: 0, nt.IoctlDiskCheckVerify: 0,
			nt.IoctlDiskIsWritable: nt.StatusMediaWriteProtected, 0x12345: nt.StatusInvalidDeviceRequest} {
			s, _ := code(c, 64)
			w.expect("code", s, want)
		}
		s, _ := code(nt.IoctlDiskGetLengthInfo, 7)
		w.expect("small", s, nt.StatusBufferTooSmall)
		w.expect("write", storage.Send(v, io.Write, make([]byte, 512), 0), nt.StatusMediaWriteProtected)
		x, err := partition.Read(&storage.Disk{Device: class.disks[0].device, Size: 512, Count: m.port.Sectors})
		if err != nil || len(x.Partitions) != 2 {
			t.Error(x, err)
		}
		storage.Gone(&m.port)
	})
}

// TestReports (I10): of many requests that fail the console hears of the first ones, and later of
// how many there were.
func TestReports(t *testing.T) {
	simulate(t, func(w *world) {
		m := w.newModel(storage.Port{Requests: 1}, table())
		storage.Arrived(&m.port)
		w.start()
		v := w.device(`\Device\Harddisk0\Partition0`)
		fails := 0
		m.fail = func(*storage.Request) nt.Status {
			if fails--; fails >= 0 {
				return nt.StatusDeviceDataError
			}
			return 0
		}
		fail := func() {
			fails = mostTries
			w.expect("read", storage.Send(v, io.Read, make([]byte, 1024), 2048), nt.StatusDeviceDataError)
			w.expect("the next", storage.Send(v, io.Read, make([]byte, 512), 0), nt.StatusSuccess)
			ke.Delay(ke.KernelMode, false, -100_000)
		}
		for range 30 {
			fail()
		}
		const line = "Disk 0 (model): reading sectors 4 to 5 failed 5 times: STATUS_DEVICE_DATA_ERROR."
		told := func() (n int) {
			for _, l := range w.said {
				if strings.HasPrefix(l, line) {
					n++
				}
			}
			return n
		}
		w.expect("lines", told(), mostReported)
		ke.Delay(ke.KernelMode, false, -reportPause)
		fail()
		w.expect("lines", told(), mostReported+1)
		w.expect("the last", w.said[len(w.said)-1], line+" So did 20 other requests.")
		storage.Gone(&m.port)
	})
}
