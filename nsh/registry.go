//go:build ntuser

package main

import (
	"gont/nsh/shell"
	"gont/nt"
)

func (services) OpenKey(path string, access nt.AccessMask) (nt.Handle, nt.Status) {
	return 0, nt.StatusNotImplemented
}
func (services) CreateKey(path string, volatile bool) (nt.Handle, bool, nt.Status) {
	return 0, false, nt.StatusNotImplemented
}
func (services) CloseKey(h nt.Handle)                          {}
func (services) Subkeys(h nt.Handle) ([]string, nt.Status)     { return nil, nt.StatusNotImplemented }
func (services) Values(h nt.Handle) ([]shell.Value, nt.Status) { return nil, nt.StatusNotImplemented }
func (services) QueryValue(h nt.Handle, name string) (shell.Value, nt.Status) {
	return shell.Value{}, nt.StatusNotImplemented
}
func (services) SetValue(h nt.Handle, v shell.Value) nt.Status  { return nt.StatusNotImplemented }
func (services) DeleteValue(h nt.Handle, name string) nt.Status { return nt.StatusNotImplemented }
func (services) DeleteKey(h nt.Handle) nt.Status                { return nt.StatusNotImplemented }
func (services) FlushKey(h nt.Handle) nt.Status                 { return nt.StatusNotImplemented }
func (services) SaveKey(h nt.Handle, file string) nt.Status     { return nt.StatusNotImplemented }
func (services) LoadKey(path, file string) nt.Status            { return nt.StatusNotImplemented }
func (services) UnloadKey(path string) nt.Status                { return nt.StatusNotImplemented }
