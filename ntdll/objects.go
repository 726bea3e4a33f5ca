//go:build ntuser

package ntdll

import (
	"unsafe"

	"gont/nt"
)

// answer calls query with a buffer that grows until the answer fits. query returns how
// many bytes are needed. The buffer is aligned as structures are.
func answer(size uint32, query func(b []byte) (uint32, nt.Status)) ([]byte, nt.Status) {
	for {
		words := make([]uint64, (size+7)/8)
		b := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), len(words)*8)
		n, s := query(b)
		switch {
		case s == nt.StatusInfoLengthMismatch && n > uint32(len(b)):
			size = n + n/8 + 64 // there may be more the next time
		case !s.OK():
			return nil, s
		default:
			return b[:min(int(n), len(b))], s
		}
	}
}

// QuerySystemTable is NtQuerySystemInformation for a class whose answer is a table
// (nt.SystemTableFirst). The texts of the rows are in the bytes.
func QuerySystemTable[T any](class uint32) ([]T, []byte, nt.Status) {
	b, s := answer(4096, func(b []byte) (uint32, nt.Status) { return NtQuerySystemInformation(class, b) })
	if !s.OK() {
		return nil, nil, s
	}
	rows, ok := nt.ReadTable[T](b)
	if !ok {
		return nil, nil, nt.StatusInfoLengthMismatch
	}
	return rows, b, s
}

// QueryHandles is NtQuerySystemInformation's SystemHandleInformation.
func QueryHandles() ([]nt.SystemHandle, nt.Status) {
	b, s := answer(16384, func(b []byte) (uint32, nt.Status) {
		return NtQuerySystemInformation(nt.SystemHandleInformationClass, b)
	})
	if !s.OK() {
		return nil, s
	}
	head := (*nt.SystemHandleInformation)(unsafe.Pointer(&b[0]))
	return append([]nt.SystemHandle(nil), unsafe.Slice((*nt.SystemHandle)(unsafe.Pointer(&b[unsafe.Sizeof(*head)])), head.NumberOfHandles)...), s
}

// NtQueryObject answers a class of any size, and returns how long the answer is.
func NtQueryObject(h nt.Handle, class uint32, b []byte) (n uint32, s nt.Status) {
	s = ZwQueryObject(uintptr(h), uintptr(class), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), uintptr(unsafe.Pointer(&n)))
	return
}

// QueryObject is NtQueryObject's basic information.
func QueryObject(h nt.Handle) (v nt.ObjectBasicInformation, s nt.Status) {
	s = ZwQueryObject(uintptr(h), nt.ObjectBasicInformationClass, uintptr(unsafe.Pointer(&v)), unsafe.Sizeof(v), 0)
	return
}

// QueryObjectName returns the path of an object, "" for one without a name.
func QueryObjectName(h nt.Handle) (string, nt.Status) {
	return queryText(h, nt.ObjectNameInformationClass)
}

// QueryObjectType returns the name of an object's type.
func QueryObjectType(h nt.Handle) (string, nt.Status) {
	return queryText(h, nt.ObjectTypeInformationClass)
}

// queryText is for the classes whose answers begin with a UNICODE_STRING.
func queryText(h nt.Handle, class uint32) (string, nt.Status) {
	b, s := answer(512, func(b []byte) (uint32, nt.Status) { return NtQueryObject(h, class, b) })
	if !s.OK() {
		return "", s
	}
	return text(*(*nt.UnicodeString)(unsafe.Pointer(&b[0]))), s
}

// QueryObjectTypes returns the names of all types; SystemHandle's ObjectTypeIndex
// counts them from 1 on.
func QueryObjectTypes() (names []string, s nt.Status) {
	b, s := answer(8192, func(b []byte) (uint32, nt.Status) { return NtQueryObject(0, nt.ObjectTypesInformationClass, b) })
	if !s.OK() {
		return nil, s
	}
	head := (*nt.ObjectTypesInformation)(unsafe.Pointer(&b[0]))
	at := unsafe.Sizeof(*head)
	for range head.NumberOfTypes {
		row := (*nt.ObjectTypeInformation)(unsafe.Pointer(&b[at]))
		names = append(names, text(row.TypeName))
		at += (unsafe.Sizeof(*row) + uintptr(row.TypeName.MaximumLength) + 7) &^ 7
	}
	return names, s
}

// NtRaiseHardError tells of an error that the caller cannot mend. With
// nt.OptionShutdownSystem it returns only when it is refused.
func NtRaiseHardError(status nt.Status, option uint32) (response uint32, s nt.Status) {
	s = ZwRaiseHardError(uintptr(status), 0, 0, 0, uintptr(option), uintptr(unsafe.Pointer(&response)))
	return
}

// NtSetSystemEnvironmentValue sets a variable that the loader reads at the next start.
func NtSetSystemEnvironmentValue(name, value string) nt.Status {
	return ZwSetSystemEnvironmentValue(uintptr(unsafe.Pointer(&NewString(name).UnicodeString)), uintptr(unsafe.Pointer(&NewString(value).UnicodeString)))
}

// NtOpenMutant opens a named mutant.
func NtOpenMutant(access nt.AccessMask, a *Attributes) (h nt.Handle, s nt.Status) {
	s = ZwOpenMutant(uintptr(unsafe.Pointer(&h)), uintptr(access), uintptr(unsafe.Pointer(a)))
	return
}

// NtOpenSemaphore opens a named semaphore.
func NtOpenSemaphore(access nt.AccessMask, a *Attributes) (h nt.Handle, s nt.Status) {
	s = ZwOpenSemaphore(uintptr(unsafe.Pointer(&h)), uintptr(access), uintptr(unsafe.Pointer(a)))
	return
}

// NtOpenTimer opens a named timer.
func NtOpenTimer(access nt.AccessMask, a *Attributes) (h nt.Handle, s nt.Status) {
	s = ZwOpenTimer(uintptr(unsafe.Pointer(&h)), uintptr(access), uintptr(unsafe.Pointer(a)))
	return
}

// NtOpenObject opens an object by its path and its type's name, for types that have a
// service for it, to be asked by QueryObject.
func NtOpenObject(typ string, a *Attributes) (h nt.Handle, s nt.Status) {
	switch typ {
	case "Directory":
		return NtOpenDirectoryObject(nt.DirectoryQuery, a)
	case "SymbolicLink":
		return NtOpenSymbolicLinkObject(nt.SymbolicLinkQuery, a)
	case "Event":
		return NtOpenEvent(nt.Synchronize, a)
	case "Mutant":
		return NtOpenMutant(nt.Synchronize, a)
	case "Semaphore":
		return NtOpenSemaphore(nt.Synchronize, a)
	case "Timer":
		return NtOpenTimer(nt.Synchronize, a)
	case "Section":
		return NtOpenSection(nt.SectionQuery, a)
	case "EventPair":
		return NtOpenEventPair(nt.Synchronize, a)
	case "KeyedEvent":
		return NtOpenKeyedEvent(1, a)
	case "IoCompletion":
		return NtOpenIoCompletion(nt.Synchronize, a)
	}
	return 0, nt.StatusObjectTypeMismatch
}
