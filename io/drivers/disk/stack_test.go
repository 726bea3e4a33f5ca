package disk

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"gont/fs/fat"
	"gont/io"
	"gont/io/drivers/ramdisk"
	"gont/io/storage"
	"gont/nt"
)

// TestRamDiskVolume (I9, I10): a FAT volume on a partition of the RAM disk, through the class
// driver and the port: what was written is there after a new mount, and for fsck.fat.
func TestRamDiskVolume(t *testing.T) {
	if _, err := exec.LookPath("mkfs.fat"); err != nil {
		t.Skip("mkfs.fat is not installed")
	}
	image := filepath.Join(t.TempDir(), "image")
	if err := os.WriteFile(image, make([]byte, 900<<10), 0o666); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.fat", image).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	volume, err := os.ReadFile(image)
	if err != nil {
		t.Fatal(err)
	}
	simulate(t, func(w *world) {
		d, s := io.NewDriver(`\Driver`, "RamDisk", `\Registry\Machine\System\CurrentControlSet\Services\RamDisk`)
		if s.OK() {
			s = d.Start(ramdisk.DriverEntry)
		}
		if !s.OK() {
			t.Fatal(s)
		}
		class := w.start()
		whole := w.device(`\Device\Harddisk0\Partition0`)
		// A table, which the class driver reads when it starts.
		sector := table()[:512]
		clear(sector[446+16 : 510])
		put32(sector[446+8:], 64)
		put32(sector[446+12:], uint32(len(volume)/512))
		for i, b := range [][]byte{sector, volume} {
			for at := 0; at < len(b); at += 64 << 10 {
				p := b[at:min(at+64<<10, len(b))]
				w.expect("write", storage.Send(whole, io.Write, p, int64(i*64*512+at)), nt.StatusSuccess)
			}
		}
		class.Unload(class)
		w.start()
		v := &storage.Disk{Device: w.device(`\Device\Harddisk0\Partition1`), Size: 512, Count: uint64(len(volume) / 512)}
		data := fill(100000, 5)
		fs, err := fat.Mount(v, fat.Options{})
		if err != nil {
			t.Fatal(err)
		}
		n, _, err := fs.Open(nil, `\A file.bin`, fat.OpenOptions{Disposition: nt.FileCreate})
		if err == nil {
			err = n.WriteAt(data, 0)
			n.Close()
		}
		if err == nil {
			err = fs.Unmount()
		}
		if err != nil {
			t.Fatal(err)
		}
		if fs, err = fat.Mount(v, fat.Options{}); err != nil || fs.Report().Ran {
			t.Fatal(err, fs)
		}
		if n, _, err = fs.Open(nil, `\A FILE.BIN`, fat.OpenOptions{Disposition: nt.FileOpen}); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(data))
		if k, err := n.ReadAt(got, 0); err != nil || k != len(data) || !bytes.Equal(got, data) {
			t.Fatal(k, err)
		}
		n.Close()
		back := make([]byte, len(volume))
		for at := 0; at < len(back); at += 64 << 10 {
			p := back[at:min(at+64<<10, len(back))]
			if err := v.ReadAt(p, uint64(at/512)); err != nil {
				t.Fatal(err)
			}
		}
		os.WriteFile(image, back, 0o666)
		if out, err := exec.Command("fsck.fat", "-n", image).CombinedOutput(); err != nil {
			t.Errorf("fsck.fat: %v\n%s", err, out)
		}
		d.Unload(d)
		if s := storage.Send(v.Device, io.Read, got[:512], 0); s.OK() {
			t.Error("the disk is gone, and can be read")
		}
	})
}
