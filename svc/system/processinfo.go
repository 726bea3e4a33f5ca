package system

import (
	"unsafe"

	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
	"gont/svc"
)

// processInformation is SystemProcessInformation's answer for a buffer at va.
func processInformation(va uint64) (b []byte) {
	last := 0
	active := ps.Active()
	defer ps.Release(active)
	for _, p := range active {
		at := len(b)
		if at > 0 {
			*(*uint32)(unsafe.Pointer(&b[last])) = uint32(at - last)
		}
		last = at
		threads := p.ThreadList()
		info := nt.SystemProcessInformation{NumberOfThreads: uint32(len(threads)), BasePriority: int32(p.Base()),
			UniqueProcessID: p.ID, InheritedFromUniqueProcessID: p.Parent, CreateTime: p.Created}
		if p.Handles != nil {
			info.HandleCount = uint32(p.Handles.Count())
		}
		if p.Space != nil {
			v := p.VMCounters()
			info.WorkingSetPrivateSize = v.WorkingSetSize
			info.PeakVirtualSize, info.VirtualSize, info.PageFaultCount = v.PeakVirtualSize, v.VirtualSize, v.PageFaultCount
			info.PeakWorkingSetSize, info.WorkingSetSize = v.PeakWorkingSetSize, v.WorkingSetSize
			info.PrivatePageCount, info.PagefileUsage, info.PeakPagefileUsage = v.PrivateUsage, v.PagefileUsage, v.PeakPagefileUsage
		}
		user, kernel := p.Ticks()
		info.UserTime, info.KernelTime = user*ke.TimeIncrement, kernel*ke.TimeIncrement
		b = svc.AppendValue(b, &info)
		for _, t := range threads {
			switches, user, kernel := t.Counters()
			b = svc.AppendValue(b, &nt.SystemThreadInformation{KernelTime: kernel * ke.TimeIncrement, UserTime: user * ke.TimeIncrement,
				ClientID: nt.ClientID{UniqueProcess: p.ID, UniqueThread: t.ID}, Priority: int32(t.Priority()), BasePriority: int32(t.BasePriority()),
				CreateTime: t.Created, StartAddress: t.Start, ContextSwitches: uint32(switches), ThreadState: uint32(t.State()), WaitReason: t.WaitReason()})
		}
		if p != ps.Idle { // which has no image, and no name
			b, info.ImageName = svc.AppendString(b, va, p.Name)
			copy(b[at:], svc.AsBytes(&info))
		}
	}
	return b
}

// pooltagInformation is SystemPooltagInformation's answer.
func pooltagInformation() []byte {
	tags := mm.PoolTags()
	b := svc.AppendValue(nil, &nt.SystemPooltagInformation{Count: uint32(len(tags))})
	for _, g := range tags {
		p, n := g.Pools[mm.PagedPool], g.Pools[mm.NonPagedPool]
		b = svc.AppendValue(b, &nt.SystemPooltag{Tag: g.Tag, PagedAllocs: uint32(p.Allocs), PagedFrees: uint32(p.Frees), PagedUsed: p.Used,
			NonPagedAllocs: uint32(n.Allocs), NonPagedFrees: uint32(n.Frees), NonPagedUsed: n.Used})
	}
	return b
}

// handleInformation is SystemHandleInformation's answer. There may be more handles
// than the kernel could keep a list of: they are stored some at a time.
func handleInformation(r svc.Reply) nt.Status {
	const row = uint32(unsafe.Sizeof(nt.SystemHandle{}))
	index := map[*ob.Type]uint8{}
	for i, t := range ob.Types() {
		index[t] = uint8(i + 1)
	}
	var head nt.SystemHandleInformation
	size := uint32(unsafe.Sizeof(head))
	active := ps.Active()
	defer ps.Release(active)
	need := size
	for _, p := range active {
		if p.Handles != nil {
			need += uint32(p.Handles.Count()) * row
		}
	}
	if r.Length < need {
		if s := svc.PutOptional(r.Thread, r.Returned, &need); !s.OK() {
			return s
		}
		return nt.StatusInfoLengthMismatch
	}
	at := size
	var handles [64]ob.Open
	var rows [len(handles)]nt.SystemHandle
	for _, p := range active {
		if p.Handles == nil {
			continue
		}
		for after := nt.Handle(0); ; {
			n := p.Handles.List(after, handles[:min(len(handles), int((r.Length-at)/row))])
			if n == 0 {
				break // the last, or some came meanwhile for which there is no room
			}
			for i, h := range handles[:n] {
				rows[i] = nt.SystemHandle{UniqueProcessID: uint16(p.ID), ObjectTypeIndex: index[h.Object.Type], HandleAttributes: uint8(h.Attributes),
					HandleValue: uint16(h.Handle), Object: uint64(uintptr(unsafe.Pointer(h.Object))), GrantedAccess: h.Access}
			}
			if s := svc.CopyTo(r.Thread, r.Buffer+uint64(at), unsafe.Pointer(&rows), uint64(n)*uint64(row)); !s.OK() {
				return s
			}
			after = handles[n-1].Handle
			head.NumberOfHandles += uint32(n)
			at += uint32(n) * row
			ke.Poll()
		}
	}
	if s := svc.Put(r.Thread, r.Buffer, &head); !s.OK() {
		return s
	}
	return svc.PutOptional(r.Thread, r.Returned, &at)
}
