package mm

// AllocatePoolPages is AllocatePool for blocks of any size, as whole files: what is larger
// than a page lies in pages of its own, behind each other. nil without pages or
// addresses, of which there are SystemPtePages. FreePool takes it back.
func AllocatePoolPages(t PoolType, n int, tag Tag) []byte {
	if n <= 0 || n > SystemPtePages*PageSize {
		return nil
	}
	return allocatePool(t, n, tag)
}
