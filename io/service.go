package io

import (
	"strings"

	"gont/cm"
	"gont/io/order"
	"gont/nt"
)

// Services is the key of drivers and services, ControlKey that of the control set.
const (
	ControlKey = `\Registry\Machine\SYSTEM\CurrentControlSet\Control`
	Services   = `\Registry\Machine\SYSTEM\CurrentControlSet\Services`
)

// Values of Type and Start in a service's key.
const (
	kernelDriver     = 1
	fileSystemDriver = 2
	recognizerDriver = 8

	BootStart   = 0
	SystemStart = 1
	DemandStart = 3
	Disabled    = 4
)

// Service is what a driver's key of services says.
type Service struct {
	order.Driver
	Path         string // of the key
	Type, Start  uint32
	ErrorControl uint32
	ImagePath    string // as the key has it
	Expand       bool   // it is REG_EXPAND_SZ
}

// directory is where the driver's object goes.
func (s *Service) directory() string {
	if s.Type == fileSystemDriver || s.Type == recognizerDriver {
		return `\FileSystem`
	}
	return `\Driver`
}

func (s *Service) isDriver() bool {
	return s.Type == kernelDriver || s.Type == fileSystemDriver || s.Type == recognizerDriver
}

// ReadService reads a driver's key. STATUS_ILL_FORMED_SERVICE_ENTRY when it is not one of
// a driver, or ImagePath is no text (SPEC I7).
func ReadService(path string) (s Service, st nt.Status) {
	s.Path, s.Start, s.ErrorControl = path, DemandStart, 1
	s.Name = path[strings.LastIndexByte(path, '\\')+1:]
	k, st := cm.OpenKey(path)
	if !st.OK() {
		return s, st
	}
	defer k.Close()
	s.Type, _ = k.Uint32("Type")
	if n, ok := k.Uint32("Start"); ok {
		s.Start = n
	}
	if n, ok := k.Uint32("ErrorControl"); ok {
		s.ErrorControl = n
	}
	s.Group, _ = k.Text("Group")
	s.Tag, _ = k.Uint32("Tag")
	s.DependOnGroup, _ = k.MultiText("DependOnGroup")
	s.DependOnService, _ = k.MultiText("DependOnService")
	if v, st := k.Value("ImagePath"); st.OK() {
		text, ok := v.Text()
		if !ok || v.Type == regLink {
			return s, nt.StatusIllFormedServiceEntry
		}
		s.ImagePath, s.Expand = text, v.Type == regExpand
	}
	if !s.isDriver() {
		return s, nt.StatusIllFormedServiceEntry
	}
	return s, nt.StatusSuccess
}

// Types of values.
const (
	regExpand = 2
	regLink   = 6
)

// File returns the driver's file, from the root of the volume, or what is wrong with its
// ImagePath.
func (s *Service) File() (path, reason string) {
	return order.File(SystemRoot, s.Name, s.ImagePath, s.Expand)
}

// drivers lists the drivers of a Start value in the order in which they start.
func drivers(start uint32) (list []Service) {
	k, st := cm.OpenKey(Services)
	if !st.OK() {
		return nil
	}
	var all []Service
	for _, name := range k.Subkeys() {
		if s, st := ReadService(Services + `\` + name); st.OK() && s.Start == start {
			all = append(all, s)
		}
	}
	k.Close()
	keys := make([]order.Driver, len(all))
	for i := range all {
		keys[i] = all[i].Driver
	}
	var groups []string
	if k, st := cm.OpenKey(ControlKey + `\ServiceGroupOrder`); st.OK() {
		groups, _ = k.MultiText("List")
		k.Close()
	}
	for _, i := range order.Sort(keys, groups, groupTags) {
		list = append(list, all[i])
	}
	return list
}

// groupTags is a group's list in GroupOrderList: how many tags there are, then the tags.
// What the number promises and the data do not hold is left out.
func groupTags(group string) (tags []uint32) {
	k, st := cm.OpenKey(ControlKey + `\GroupOrderList`)
	if !st.OK() {
		return nil
	}
	defer k.Close()
	v, st := k.Value(group)
	if !st.OK() || len(v.Data) < 4 {
		return nil
	}
	at := func(i int) uint32 {
		b := v.Data[4*i:]
		return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
	}
	n := min(uint64(at(0)), uint64(len(v.Data)/4-1))
	for i := range n {
		tags = append(tags, at(1+int(i)))
	}
	return tags
}
