package ex

import (
	"strings"

	"gont/nt"
	"gont/ob"
)

// CreateSystemRootLink is ExpCreateSystemRootLink (SPEC P1.17): \SystemRoot leads to the
// directory of the system under the ARC name of the partition that it has started from,
// as the loader block has both ("multi(0)disk(0)rdisk(0)partition(1)", "\Windows\").
// The I/O manager makes what stands behind \ArcName. STATUS_OBJECT_NAME_INVALID when one of
// them is missing or no name.
func CreateSystemRootLink(arcName, root string) nt.Status {
	root = strings.TrimSuffix(root, `\`)
	if arcName == "" || strings.ContainsAny(arcName, `\/`) || !strings.HasPrefix(root, `\`) {
		return nt.StatusObjectNameInvalid
	}
	return ob.CreateSymbolicLink(`\SystemRoot`, `\ArcName\`+arcName+root)
}
