package arc

// Mismatch says what keeps a kernel of this version from using the block, "" if
// nothing does (SPEC B8).
func (b *LoaderParameterBlock) Mismatch() string {
	if b.OsMajorVersion != OsMajorVersion || b.OsMinorVersion != OsMinorVersion || b.Size != BlockSize {
		return "the loader block is of another version: OSLDR and the kernel do not belong together"
	}
	if b.Extension < PhysMap {
		return "the loader block has no extension"
	}
	return ""
}

// Mismatch is the same for the extension.
func (e *LoaderParameterExtension) Mismatch() string {
	if e.Size != ExtensionSize {
		return "the loader block's extension is of another version"
	}
	if e.KernelHeapPages < MinimumHeap/4096 {
		return "the loader block gives the kernel too little memory to start with"
	}
	return ""
}
