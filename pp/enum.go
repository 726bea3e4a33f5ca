package pp

import (
	"strings"

	"gont/io"
	"gont/nt"
)

// Bits of ConfigFlags (CONFIGFLAG_...).
const configDisabled = 1

// Limits of what a bus may say of a device.
const (
	maximumID  = 200 // characters (MAX_DEVICE_ID_LEN)
	maximumIDs = 64
)

// soundID reports whether an id can be a key's name: printable ASCII without a comma (as NT
// wants it), with as many backslashes as it should have.
func soundID(id string, backslashes int) bool {
	if id == "" || len(id) > maximumID || strings.Count(id, `\`) != backslashes {
		return false
	}
	for i := range len(id) {
		if c := id[i]; c <= ' ' && c != ' ' || c > '~' || c == ',' {
			return false
		}
	}
	return !strings.HasPrefix(id, `\`) && !strings.HasSuffix(id, `\`)
}

// sound reports whether what a bus says of a device can be believed.
func sound(i *io.Identity) bool {
	if !soundID(i.DeviceID, 1) || !soundID(i.InstanceID, 0) || len(i.HardwareIDs) > maximumIDs || len(i.CompatibleIDs) > maximumIDs {
		return false
	}
	for _, list := range [][]string{i.HardwareIDs, i.CompatibleIDs} {
		for _, id := range list {
			if id == "" || len(id) > maximumID {
				return false
			}
		}
	}
	return true
}

// record makes or opens a node's key, writes what the bus says of it, and finds out which
// service serves it: the one that the key names already, else by the hardware and
// compatible ids in Control\CriticalDeviceDatabase.
func (n *Node) record() nt.Status {
	k, s := registry.create(enumPath+`\`+n.Path, false)
	if !s.OK() {
		return s
	}
	defer k.Close()
	first := func(st nt.Status) {
		if s.OK() {
			s = st
		}
	}
	first(k.SetText("DeviceDesc", n.Description))
	if n.Location != "" {
		first(k.SetText("LocationInformation", n.Location))
	}
	if len(n.HardwareIDs) > 0 {
		first(k.SetMultiText("HardwareID", n.HardwareIDs))
	}
	if len(n.CompatibleIDs) > 0 {
		first(k.SetMultiText("CompatibleIDs", n.CompatibleIDs))
	}
	flags, there := k.Uint32("ConfigFlags")
	if !there {
		first(k.SetUint32("ConfigFlags", 0))
	}
	n.Service, _ = k.Text("Service")
	n.Class, _ = k.Text("Class")
	n.ClassGUID, _ = k.Text("ClassGUID")
	if n.Service == "" && n.lookUp() {
		first(k.SetText("Service", n.Service))
		if n.Class != "" {
			first(k.SetText("Class", n.Class))
		}
		if n.ClassGUID != "" {
			first(k.SetText("ClassGUID", n.ClassGUID))
		}
	}
	if len(n.Resources) > 0 {
		if c, st := registry.create(enumPath+`\`+n.Path+`\LogConf`, true); st.OK() {
			first(c.SetValue("BootConfig", resourceList, io.ResourceList(n.Bus, n.BusNumber, n.Resources)))
			c.Close()
		} else {
			first(st)
		}
	}
	switch {
	case flags&configDisabled != 0:
		n.Problem = Disabled
	case n.Service == "" && n.physical != nil:
		n.Problem = FailedInstall
	}
	return s
}

// lookUp finds the node's service by its ids, the exactest first.
func (n *Node) lookUp() bool {
	for _, list := range [][]string{n.HardwareIDs, n.CompatibleIDs} {
		for _, id := range list {
			k, s := registry.open(controlPath + `\CriticalDeviceDatabase\` + strings.ReplaceAll(id, `\`, "#"))
			if !s.OK() {
				continue
			}
			n.Service, _ = k.Text("Service")
			n.Class, _ = k.Text("Class")
			n.ClassGUID, _ = k.Text("ClassGUID")
			k.Close()
			if n.Service != "" {
				return true
			}
		}
	}
	return false
}

// recordControl writes the volatile key Control of a device that has been started, or not.
func (n *Node) recordControl() nt.Status {
	k, s := registry.create(enumPath+`\`+n.Path+`\Control`, true)
	if !s.OK() {
		return s
	}
	defer k.Close()
	if n.State == Started && n.Service != "" {
		s = k.SetText("ActiveService", n.Service)
	}
	if s.OK() && n.State == Started && len(n.Resources) > 0 {
		s = k.SetValue("AllocConfig", resourceList, io.ResourceList(n.Bus, n.BusNumber, n.Resources))
	}
	if s.OK() {
		s = k.SetUint32("Problem", uint32(n.Problem))
	}
	return s
}
