package pp

// DebugDevices is Devices for the kernel's debugger: all processors are stopped, and no lock
// is taken.
func DebugDevices() (list []Information) {
	if root == nil {
		return nil
	}
	root.walk(0, func(n *Node, depth int) bool {
		list = append(list, Information{n.Path, n.Description, n.Service, depth, n.State, n.Problem, n.Status, n.Resources})
		return len(list) < 10000
	})
	return list
}
