//go:build !checked

package ke

// Checked says that this is a free build: rules about IRQL and locks are enforced
// only where it costs nothing.
const Checked = false
