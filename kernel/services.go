//go:build kernel

package main

import (
	"gont/ex"
	"gont/hal"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// service is a system service: arguments in R10, RDX, R8, R9 and from the
// fifth on at RSP+28h (SPEC P1.12, DESIGN 4).
type service func(t *ps.Thread, c *hal.Context) nt.Status

// serviceTable is KeServiceDescriptorTable's.
var serviceTable [nt.NumServices]service

func init() {
	serviceTable = [nt.NumServices]service{
		nt.SvcGetCurrentProcessorNumber: func(*ps.Thread, *hal.Context) nt.Status { return nt.Status(hal.ProcessorNumber()) },
		nt.SvcYieldExecution:            ntYieldExecution,
		nt.SvcClose:                     ntClose,
		nt.SvcWaitForSingleObject:       ntWaitForSingleObject,
		nt.SvcWaitForMultipleObjects:    ntWaitForMultipleObjects,
		nt.SvcDelayExecution:            ntDelayExecution,
		nt.SvcSetEvent:                  eventService((*ke.Event).Set),
		nt.SvcClearEvent:                ntClearEvent,
		nt.SvcResetEvent:                eventService((*ke.Event).Reset),
		nt.SvcPulseEvent:                eventService((*ke.Event).Pulse),
		nt.SvcCreateEvent:               ntCreateEvent,
		nt.SvcOpenEvent:                 openService(&ex.EventType),
		nt.SvcQueryEvent:                ntQueryEvent,
		nt.SvcCreateMutant:              ntCreateMutant,
		nt.SvcOpenMutant:                openService(&ex.MutantType),
		nt.SvcReleaseMutant:             ntReleaseMutant,
		nt.SvcQueryMutant:               ntQueryMutant,
		nt.SvcCreateSemaphore:           ntCreateSemaphore,
		nt.SvcOpenSemaphore:             openService(&ex.SemaphoreType),
		nt.SvcReleaseSemaphore:          ntReleaseSemaphore,
		nt.SvcQuerySemaphore:            ntQuerySemaphore,
		nt.SvcCreateTimer:               ntCreateTimer,
		nt.SvcOpenTimer:                 openService(&ex.TimerType),
		nt.SvcSetTimer:                  ntSetTimer,
		nt.SvcCancelTimer:               ntCancelTimer,
		nt.SvcQueryTimer:                ntQueryTimer,
		nt.SvcAllocateVirtualMemory:     ntAllocateVirtualMemory,
		nt.SvcFreeVirtualMemory:         ntFreeVirtualMemory,
		nt.SvcProtectVirtualMemory:      ntProtectVirtualMemory,
		nt.SvcQueryVirtualMemory:        ntQueryVirtualMemory,
		nt.SvcReadVirtualMemory:         memoryService(nt.ProcessVMRead, false),
		nt.SvcWriteVirtualMemory:        memoryService(nt.ProcessVMWrite, true),
		nt.SvcQuerySystemInformation:    ntQuerySystemInformation,
		nt.SvcQuerySystemTime:           ntQuerySystemTime,
		nt.SvcQueryPerformanceCounter:   ntQueryPerformanceCounter,
		nt.SvcDisplayString:             ntDisplayString,
		nt.SvcOpenDirectoryObject:       openService(&ob.DirectoryType),
		nt.SvcCreateDirectoryObject:     ntCreateDirectoryObject,
		nt.SvcQueryDirectoryObject:      ntQueryDirectoryObject,
		nt.SvcOpenSymbolicLinkObject:    openService(&ob.LinkType),
		nt.SvcCreateSymbolicLinkObject:  ntCreateSymbolicLinkObject,
		nt.SvcQuerySymbolicLinkObject:   ntQuerySymbolicLinkObject,
		nt.SvcOpenSection:               openService(&mm.SectionType),
		nt.SvcCreateProcess:             ntCreateProcess,
		nt.SvcTerminateProcess:          ntTerminateProcess,
		nt.SvcQueryInformationProcess:   ntQueryInformationProcess,
		nt.SvcCreateThread:              ntCreateThread,
		nt.SvcTerminateThread:           ntTerminateThread,
		nt.SvcResumeThread:              ntResumeThread,
		nt.SvcSuspendThread:             ntSuspendThread,
		nt.SvcQueryInformationThread:    ntQueryInformationThread,
		nt.SvcSetInformationThread:      ntSetInformationThread,
		nt.SvcDuplicateObject:           ntDuplicateObject,
		nt.SvcMakeTemporaryObject:       ntMakeTemporaryObject,
		nt.SvcShutdownSystem:            ntShutdownSystem,
		nt.SvcSetInformationProcess:     ntSetInformationProcess,
		nt.SvcContinue:                  ntContinue,
		nt.SvcOpenProcess:               openByID(&ps.ProcessType, processByID),
		nt.SvcOpenThread:                openByID(&ps.ThreadType, threadByID),
		nt.SvcQueryObject:               ntQueryObject,
		nt.SvcSetInformationObject:      ntSetInformationObject,
		nt.SvcQueueApcThread:            ntQueueApcThread,
		nt.SvcTestAlert:                 ntTestAlert,
		nt.SvcAlertThread:               ntAlertThread,
		nt.SvcAlertResumeThread:         ntAlertResumeThread,
		nt.SvcGetContextThread:          ntGetContextThread,
		nt.SvcSetContextThread:          ntSetContextThread,
		nt.SvcCreateSection:             ntCreateSection,
		nt.SvcMapViewOfSection:          ntMapViewOfSection,
		nt.SvcUnmapViewOfSection:        ntUnmapViewOfSection,
		nt.SvcQuerySection:              ntQuerySection,
		nt.SvcExtendSection:             ntExtendSection,
		nt.SvcLockVirtualMemory:         lockService((*mm.AddressSpace).LockPages),
		nt.SvcUnlockVirtualMemory:       lockService((*mm.AddressSpace).UnlockPages),
		nt.SvcCreateEventPair:           ntCreateEventPair,
		nt.SvcOpenEventPair:             openService(&ex.EventPairType),
		nt.SvcSetLowEventPair:           eventPairService(setLow),
		nt.SvcSetHighEventPair:          eventPairService(setHigh),
		nt.SvcWaitLowEventPair:          eventPairService(waitLow),
		nt.SvcWaitHighEventPair:         eventPairService(waitHigh),
		nt.SvcSetLowWaitHighEventPair:   eventPairService((*ex.EventPair).SetLowWaitHigh),
		nt.SvcSetHighWaitLowEventPair:   eventPairService((*ex.EventPair).SetHighWaitLow),
		nt.SvcCreateKeyedEvent:          ntCreateKeyedEvent,
		nt.SvcOpenKeyedEvent:            openService(&ex.KeyedEventType),
		nt.SvcWaitForKeyedEvent:         keyedEventService(nt.KeyedEventWait, (*ex.KeyedEvent).Wait),
		nt.SvcReleaseKeyedEvent:         keyedEventService(nt.KeyedEventWake, (*ex.KeyedEvent).Release),
		nt.SvcCreateIoCompletion:        ntCreateIoCompletion,
		nt.SvcOpenIoCompletion:          openService(&ex.IoCompletionType),
		nt.SvcSetIoCompletion:           ntSetIoCompletion,
		nt.SvcRemoveIoCompletion:        ntRemoveIoCompletion,
		nt.SvcRemoveIoCompletionEx:      ntRemoveIoCompletionEx,
		nt.SvcQueryIoCompletion:         ntQueryIoCompletion,
		nt.SvcCreateProfile:             ntCreateProfile,
		nt.SvcStartProfile:              profileService(ex.StartProfile),
		nt.SvcStopProfile:               profileService(ex.StopProfile),
		nt.SvcQueryIntervalProfile:      ntQueryIntervalProfile,
		nt.SvcSetIntervalProfile:        ntSetIntervalProfile,
		nt.SvcSetSystemTime:             ntSetSystemTime,
		nt.SvcRaiseException:            ntRaiseException,
	}
}

// createObject is the end of every NtCreateX: names the object if asked, makes
// a handle and stores it. It takes the caller's reference over. With
// OBJ_OPENIF an existing object of the type is opened instead.
func createObject(t *ps.Thread, c *hal.Context, o *ob.Object) nt.Status {
	defer o.Dereference()
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	a, s := readAttributes(t, c.R8)
	if !s.OK() {
		return s
	}
	defer a.release()
	if s := probeWrite(t, c.R10, 8); !s.OK() {
		return s
	}
	result := nt.StatusSuccess
	use := o
	if a.name != "" {
		o.Hold()
		defer o.Release()
		s := ob.Insert(a.root, o, a.name, a.insensitive, a.flags&nt.ObjPermanent != 0)
		if s == nt.StatusObjectNameCollision && a.flags&nt.ObjOpenIf != 0 {
			old, s2 := ob.Lookup(a.root, a.name, a.insensitive, o.Type)
			if !s2.OK() {
				return s2
			}
			defer old.Dereference()
			use, result = old, nt.StatusObjectNameExists
		} else if !s.OK() {
			return s
		}
	}
	s = giveHandle(t, c.R10, use, nt.AccessMask(c.Rdx), a.flags, result)
	if !s.OK() && use == o && a.name != "" {
		o.MakeTemporary() // nobody has a handle: the name must not stay
	}
	return s
}

// giveHandle makes a handle with the rights asked for and stores it at va.
func giveHandle(t *ps.Thread, va uint64, o *ob.Object, access nt.AccessMask, flags uint32, result nt.Status) nt.Status {
	access = o.Type.MapGeneric(access)
	if access&^(o.Type.Valid|nt.StandardAll) != 0 {
		return nt.StatusAccessDenied
	}
	h, s := t.Process.Handles.Insert(o, access, flags&nt.ObjInherit)
	if !s.OK() {
		return s
	}
	if s := put(t, va, &h); !s.OK() {
		t.Process.Handles.Close(h)
		return s
	}
	return result
}

// openService is NtOpenX(handle, access, attributes).
func openService(typ **ob.Type) service {
	return func(t *ps.Thread, c *hal.Context) nt.Status {
		if c.R8 == 0 {
			return nt.StatusInvalidParameter
		}
		if mm.HeapIsLow() {
			return nt.StatusInsufficientResources
		}
		a, s := readAttributes(t, c.R8)
		if !s.OK() {
			return s
		}
		defer a.release()
		o, s := ob.Lookup(a.root, a.name, a.insensitive, *typ)
		if !s.OK() {
			return s
		}
		defer o.Dereference()
		return giveHandle(t, c.R10, o, nt.AccessMask(c.Rdx), a.flags, nt.StatusSuccess)
	}
}

// body references a handle's object and returns its body as B. The caller
// dereferences the object.
func body[B any](t *ps.Thread, h uint64, access nt.AccessMask, typ *ob.Type) (*ob.Object, B, nt.Status) {
	var zero B
	o, s := t.Process.Handles.Reference(nt.Handle(h), access, typ)
	if !s.OK() {
		return nil, zero, s
	}
	return o, o.Body.(B), nt.StatusSuccess
}

// processFromHandle accepts NtCurrentProcess().
func processFromHandle(t *ps.Thread, h uint64, access nt.AccessMask) (*ps.Process, *ob.Object, nt.Status) {
	if nt.Handle(h) == nt.CurrentProcess {
		return t.Process, t.Process.Object.Reference(), nt.StatusSuccess
	}
	o, p, s := body[*ps.Process](t, h, access, ps.ProcessType)
	return p, o, s
}

// threadFromHandle accepts NtCurrentThread().
func threadFromHandle(t *ps.Thread, h uint64, access nt.AccessMask) (*ps.Thread, *ob.Object, nt.Status) {
	if nt.Handle(h) == nt.CurrentThread {
		return t, t.Object.Reference(), nt.StatusSuccess
	}
	o, th, s := body[*ps.Thread](t, h, access, ps.ThreadType)
	return th, o, s
}

func ntClose(t *ps.Thread, c *hal.Context) nt.Status {
	return t.Process.Handles.Close(nt.Handle(c.R10))
}

func ntMakeTemporaryObject(t *ps.Thread, c *hal.Context) nt.Status {
	o, s := t.Process.Handles.Reference(nt.Handle(c.R10), nt.Delete, nil)
	if !s.OK() {
		return s
	}
	o.MakeTemporary()
	o.Dereference()
	return nt.StatusSuccess
}
