//go:build checked

package ke

// Checked says that this is a checked build: rules about IRQL and locks are
// enforced.
const Checked = true
