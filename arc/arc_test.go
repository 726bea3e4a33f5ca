package arc

import (
	"testing"
	"unsafe"
)

// TestSizes (B8): both programs agree on the size that the other checks.
func TestSizes(t *testing.T) {
	if n := unsafe.Sizeof(LoaderParameterBlock{}); n != BlockSize {
		t.Errorf("LoaderParameterBlock is %d bytes, BlockSize says %d", n, BlockSize)
	}
	if n := unsafe.Sizeof(LoaderParameterExtension{}); n != ExtensionSize {
		t.Errorf("LoaderParameterExtension is %d bytes, ExtensionSize says %d", n, ExtensionSize)
	}
}
