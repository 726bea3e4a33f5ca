//go:build ntuser

package main

import (
	"fmt"

	"gont/nt"
	"gont/ntdll"
	"gont/smss/settings"
)

// createPagingFiles makes the paging files that the registry names (SPEC S3).
func createPagingFiles() {
	const path = sessionKey + `\Memory Management`
	key, s := ntdll.NtOpenKey(nt.KeyRead, ntdll.NewAttributes(path, nt.ObjCaseInsensitive, 0))
	if !s.OK() {
		return // there are none
	}
	defer ntdll.NtClose(key)
	v, s := ntdll.QueryValueKey(key, "PagingFiles")
	switch {
	case s == nt.StatusObjectNameNotFound:
		return
	case !s.OK():
		fmt.Printf("smss: PagingFiles: %v\n", s)
		return
	case v.Type != nt.RegMultiSz:
		fmt.Printf("smss: PagingFiles is of type %d, and not a REG_MULTI_SZ\n", v.Type)
		return
	}
	for _, line := range v.MultiString() {
		p, err := settings.ParsePagingFile(line)
		if err != nil {
			fmt.Printf("smss: PagingFiles: %v\n", err)
			continue
		}
		if p.Least == 0 { // the system chooses: as much as there is memory
			var b nt.SystemBasicInformation
			ask(nt.SystemBasicInformationClass, &b)
			p.Least = int64(b.NumberOfPhysicalPages) * int64(b.PageSize)
			p.Most = max(p.Most, p.Least)
		}
		if s := ntdll.NtCreatePagingFile(p.Name, p.Least, p.Most); !s.OK() {
			fmt.Printf("smss: paging file %s: %v\n", p.Name, s)
			continue
		}
		fmt.Printf("smss: %d MB of %s are a paging file\n", p.Least>>20, p.Name[len(`\??\`):])
	}
}
