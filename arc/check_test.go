package arc

import "testing"

// TestMismatch (B8): another version or size, a missing extension, and too
// small a heap are noticed.
func TestMismatch(t *testing.T) {
	good := LoaderParameterBlock{OsMajorVersion: OsMajorVersion, OsMinorVersion: OsMinorVersion, Size: BlockSize, Extension: PhysMap + 0x1000}
	if s := good.Mismatch(); s != "" {
		t.Errorf("a good block: %s", s)
	}
	for name, spoil := range map[string]func(*LoaderParameterBlock){
		"major":     func(b *LoaderParameterBlock) { b.OsMajorVersion++ },
		"minor":     func(b *LoaderParameterBlock) { b.OsMinorVersion++ },
		"longer":    func(b *LoaderParameterBlock) { b.Size += 8 },
		"shorter":   func(b *LoaderParameterBlock) { b.Size -= 8 },
		"extension": func(b *LoaderParameterBlock) { b.Extension = 0 },
	} {
		b := good
		if spoil(&b); b.Mismatch() == "" {
			t.Errorf("%s: not noticed", name)
		}
	}
	ext := LoaderParameterExtension{Size: ExtensionSize, KernelHeapPages: MinimumHeap / 4096}
	if s := ext.Mismatch(); s != "" {
		t.Errorf("a good extension: %s", s)
	}
	ext.Size--
	if ext.Mismatch() == "" {
		t.Error("another size is not noticed")
	}
	ext = LoaderParameterExtension{Size: ExtensionSize, KernelHeapPages: MinimumHeap/4096 - 1}
	if ext.Mismatch() == "" {
		t.Error("too small a heap is not noticed")
	}
}
