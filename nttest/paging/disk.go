//go:build ntuser

package main

import (
	"fmt"

	"gont/nt"
	"gont/ntdll"
)

// The paging file on the boot volume (SPEC S3).
const (
	diskFile = `\??\C:\pagefile.sys`
	diskSize = 24 << 20
)

// guarded: nobody can write to a paging file, make it shorter, rename or delete it, open it as
// one again, or take its volume away.
func guarded() (string, error) {
	attributes := func(path string) *ntdll.Attributes { return ntdll.NewAttributes(path, nt.ObjCaseInsensitive, 0) }
	for _, access := range []nt.AccessMask{nt.FileReadData, nt.FileWriteData, nt.FileAppendData, nt.Delete} {
		h, s := ntdll.NtOpenFile(access|nt.Synchronize, attributes(diskFile), nt.FileShareValid, nt.FileSynchronousIoNonalert)
		if s.OK() {
			ntdll.NtClose(h)
		}
		if s != nt.StatusSharingViolation {
			return "", fmt.Errorf("an open for %#x: %v", access, s)
		}
	}
	if s := ntdll.NtDeleteFile(attributes(diskFile)); s != nt.StatusSharingViolation {
		return "", fmt.Errorf("NtDeleteFile: %v", s)
	}
	for _, c := range []struct {
		name        string
		least, most int64
		want        nt.Status
	}{
		{diskFile, diskSize, diskSize, nt.StatusSharingViolation},
		{`\??\C:\other.sys`, 0, diskSize, nt.StatusInvalidParameter},
		{`\??\C:\other.sys`, 2 << 20, 1 << 20, nt.StatusInvalidParameter},
		{`\??\C:\other.sys`, 1 << 30, 1 << 30, nt.StatusDiskFull},
		{`\??\C:\none\other.sys`, 1 << 20, 1 << 20, nt.StatusObjectPathNotFound},
		{`\??\C:\Windows`, 1 << 20, 1 << 20, nt.StatusFileIsADirectory},
		{`\Device\Null`, 1 << 20, 1 << 20, nt.StatusInvalidDeviceRequest},
		{`other.sys`, 1 << 20, 1 << 20, nt.StatusObjectPathSyntaxBad},
	} {
		if s := ntdll.NtCreatePagingFile(c.name, c.least, c.most); s != c.want {
			return "", fmt.Errorf("%s of %d to %d bytes: %v, not %v", c.name, c.least, c.most, s, c.want)
		}
	}
	h, s := ntdll.NtOpenFile(nt.FileReadData|nt.Synchronize, attributes(`\??\C:`), nt.FileShareValid, nt.FileSynchronousIoNonalert)
	if !s.OK() {
		return "", fmt.Errorf("the volume: %w", s)
	}
	defer ntdll.NtClose(h)
	for _, code := range []uint32{nt.FsctlLockVolume, nt.FsctlDismountVolume} {
		if _, s := ntdll.NtFsControlFile(h, nil, code, nil, nil); s != nt.StatusAccessDenied {
			return "", fmt.Errorf("FSCTL %#x: %v", code, s)
		}
	}
	return "it can be opened by nobody, and its volume stays", nil
}
