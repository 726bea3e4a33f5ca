package pp

import (
	"strings"
)

// Controller is a controller of disks at PCI, as a bus has told of it.
type Controller struct {
	Information
	Class    string // of PCI: class, subclass, interface in hexadecimal, "010601"
	Location string // bus, device, function
}

// Classes of controllers that disks are at (PCI code and ID assignment 1.11): mass storage, USB.
const (
	classStorage = "01"
	classUsb     = "0C03"
)

// StorageControllers lists the controllers that disks may be at, with their drivers and what has
// become of them. PASSIVE_LEVEL.
func StorageControllers() (list []Controller) {
	treeLock.AcquireShared(true)
	defer treeLock.Release()
	root.walk(0, func(n *Node, depth int) bool {
		if class := pciClass(n.HardwareIDs); strings.HasPrefix(class, classStorage) || strings.HasPrefix(class, classUsb) {
			list = append(list, Controller{Information{n.Path, n.Description, n.Service, depth, n.State, n.Problem, n.Status, n.Resources}, class, n.Location})
		}
		return true
	})
	return list
}

// pciClass finds a function's class among its hardware ids, "" when there is none.
func pciClass(ids []string) string {
	for _, id := range ids {
		if _, class, ok := strings.Cut(id, "&CC_"); ok && len(class) == 6 && strings.HasPrefix(id, `PCI\`) {
			return class
		}
	}
	return ""
}
