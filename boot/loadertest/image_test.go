package loadertest

import (
	"encoding/binary"
	"testing"

	"gont/pe"
	"gont/qemu"
)

// TestImages: an image that cannot run here is refused with its name and the
// reason before anything of it runs: as the kernel, and as a boot file (B5).
func TestImages(t *testing.T) {
	const optional = 0x80 + 24
	le := binary.LittleEndian
	imports := func(b []byte) { // a descriptor behind the section table
		le.PutUint32(b[optional+112+8:], 0x300)
		le.PutUint32(b[0x300+12:], 0x340)
		copy(b[0x340:], "HAL.dll\x00")
	}
	kernel := file(t, "testkernel.bin")
	for name, c := range map[string]struct {
		spoil func(b []byte)
		seal  bool
		want  string
	}{
		"machine":  {func(b []byte) { le.PutUint16(b[0x84:], 0xAA64) }, true, "image is not for this kind of processor (AMD64) (status C000007B)"},
		"imports":  {imports, true, "it needs HAL.dll, which is not there (status C0000135)"},
		"checksum": {func(b []byte) { le.PutUint32(b[optional+64:], 0x12345) }, false, "checksum is wrong (status C0000221)"},
		"a byte":   {func(b []byte) { le.PutUint32(b[optional+64:], pe.Sum(b)); b[0x400] ^= 1 }, false, "checksum is wrong (status C0000221)"},
	} {
		for _, path := range []string{kernelPath, smssPath} {
			t.Run(name+" of "+path[len(`\Windows\System32\`):], func(t *testing.T) {
				t.Parallel()
				b := append([]byte(nil), kernel...)
				c.spoil(b)
				if c.seal {
					le.PutUint32(b[optional+64:], pe.Sum(b))
				}
				img := image(t)
				must(t, img.Write(path, b))
				g := boot(t, qemu.Config{Image: img.Name, Disk: qemu.Virtio, Memory: 48})
				g.Expect("missing or damaged:")
				g.Line("Press any key to restart", done)
				requireLine(t, g.Text(), "  "+path+": "+c.want)
			})
		}
	}
	t.Run("right checksum", func(t *testing.T) {
		t.Parallel()
		b := append([]byte(nil), kernel...)
		le.PutUint32(b[optional+64:], pe.Sum(b))
		img := image(t)
		must(t, img.Write(kernelPath, b))
		g := boot(t, qemu.Config{Image: img.Name, Disk: qemu.Virtio, Memory: 48})
		g.Line(done, "missing or damaged", "exception")
	})
}
