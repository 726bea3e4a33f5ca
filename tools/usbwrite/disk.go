package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// disk is what the host knows of a device.
type disk struct {
	path, name string
	model      string
	size       int64 // bytes
	usb        bool
	removable  bool
	readOnly   bool
	parts      []part
	inUse      []string // why it must not be written to
}

type part struct {
	name string
	size int64
	what string // where it is mounted, or who holds it
}

// examine looks a device up in sysfs (Linux, Documentation/ABI/stable/
// sysfs-block). path has no symbolic links.
func (p *program) examine(path string) (*disk, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	d := &disk{path: path, name: filepath.Base(path)}
	if p.plain {
		if !st.Mode().IsRegular() {
			return nil, fmt.Errorf("%s is no plain file", path)
		}
		d.size, d.model = st.Size(), "plain file"
		return d, nil
	}
	if st.Mode()&os.ModeDevice == 0 || st.Mode()&os.ModeCharDevice != 0 {
		return nil, fmt.Errorf("%s is no block device", path)
	}
	return d, p.describe(d)
}

// describe fills in what sysfs says of the block device d.name.
func (p *program) describe(d *disk) error {
	dir := filepath.Join(p.sys, "class/block", d.name)
	if _, err := os.Stat(dir); err != nil {
		return fmt.Errorf("%s: the system knows no disk %s", d.path, d.name)
	}
	if exists(dir, "partition") {
		whole := "the whole disk"
		if l, err := filepath.EvalSymlinks(dir); err == nil {
			whole = "/dev/" + filepath.Base(filepath.Dir(l))
		}
		return fmt.Errorf("%s is one partition; give %s", d.path, whole)
	}
	if !exists(dir, "device") {
		return fmt.Errorf("%s is no disk but something the system made (loop, RAM, RAID, LVM)", d.path)
	}
	d.size = sectors(dir)
	d.model = strings.TrimSpace(text(dir, "device/vendor") + " " + text(dir, "device/model"))
	d.removable = text(dir, "removable") == "1"
	d.readOnly = text(dir, "ro") == "1"
	if l, err := filepath.EvalSymlinks(dir); err == nil {
		d.usb = strings.Contains(l, "/usb")
	}
	use, err := p.users()
	if err != nil {
		return err
	}
	look := func(dir, name string) string {
		w := use[text(dir, "dev")]
		if h, err := os.ReadDir(filepath.Join(dir, "holders")); err == nil {
			for _, e := range h {
				w = append(w, "used by "+e.Name())
			}
		}
		for _, s := range w {
			d.inUse = append(d.inUse, name+" is "+s)
		}
		return strings.Join(w, ", ")
	}
	look(dir, d.name)
	subs, err := filepath.Glob(filepath.Join(dir, d.name+"*"))
	if err != nil {
		return err
	}
	for _, s := range subs {
		if exists(s, "partition") {
			n := filepath.Base(s)
			d.parts = append(d.parts, part{n, sectors(s), look(s, n)})
		}
	}
	return nil
}

// users tells by device number ("8:1") what file systems and swap areas are in
// use.
func (p *program) users() (map[string][]string, error) {
	use := map[string][]string{}
	b, err := os.ReadFile(filepath.Join(p.proc, "self/mountinfo"))
	if err != nil {
		return nil, fmt.Errorf("cannot find out what is mounted: %w", err)
	}
	for _, l := range strings.Split(string(b), "\n") {
		if f := strings.Fields(l); len(f) > 4 {
			use[f[2]] = append(use[f[2]], "mounted on "+f[4])
		}
	}
	b, err = os.ReadFile(filepath.Join(p.proc, "swaps"))
	if err != nil {
		return use, nil // a kernel without swap
	}
	for _, l := range strings.Split(string(b), "\n") {
		if f := strings.Fields(l); len(f) > 0 && strings.HasPrefix(f[0], "/dev/") {
			n := text(filepath.Join(p.sys, "class/block", filepath.Base(f[0])), "dev")
			use[n] = append(use[n], "swap space")
		}
	}
	return use, nil
}

func exists(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

func text(dir, name string) string {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// sectors reads a size in units of 512 bytes and returns bytes.
func sectors(dir string) int64 {
	n, err := strconv.ParseInt(text(dir, "size"), 10, 64)
	if err != nil {
		return 0
	}
	return n * 512
}

// String describes the disk for somebody who must decide.
func (d *disk) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s: %s, %s", d.path, d.model, bytes(d.size))
	switch {
	case d.usb:
		s.WriteString(", USB")
	case d.removable:
		s.WriteString(", removable")
	case d.parts != nil || d.model != "plain file":
		s.WriteString(", NOT a USB or removable device")
	}
	s.WriteByte('\n')
	for _, p := range d.parts {
		fmt.Fprintf(&s, "  %-12s %10s  %s\n", p.name, bytes(p.size), p.what)
	}
	return s.String()
}

// usable says why an image of size bytes cannot be written to the disk.
func (d *disk) usable(size int64) error {
	switch {
	case len(d.inUse) > 0:
		return fmt.Errorf("%s is in use: %s", d.path, strings.Join(d.inUse, "; "))
	case d.readOnly:
		return fmt.Errorf("%s is write-protected", d.path)
	case d.size == 0:
		return fmt.Errorf("%s has no medium in it", d.path)
	case d.size < size:
		return fmt.Errorf("%s holds %s, the image needs %s", d.path, bytes(d.size), bytes(size))
	}
	return nil
}

func bytes(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%d bytes", n)
}

// forget makes the kernel drop what it has cached of the device, so that
// reading really asks the device, and look at the new partition table.
func forget(f *os.File) {
	const (
		blkrrpart    = 0x125f // _IO(0x12, 95)
		blkflsbuf    = 0x1261 // _IO(0x12, 97)
		fadvDontNeed = 4
	)
	// Best effort: on a plain file only the last one works.
	syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), blkflsbuf, 0)
	syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), blkrrpart, 0)
	syscall.Syscall6(syscall.SYS_FADVISE64, f.Fd(), 0, 0, fadvDontNeed, 0, 0)
}
