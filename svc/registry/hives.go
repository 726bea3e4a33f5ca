package registry

import (
	"gont/cm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
	"gont/se"
	"gont/svc"
)

// Who loads, unloads, restores and replaces needs SeRestorePrivilege, who saves
// SeBackupPrivilege.
func restorer(t *ps.Thread) bool { return t.Process.Holds(se.RestorePrivilege) }

// target captures OBJECT_ATTRIBUTES that name a key: the root, nil for none, and the name.
// The caller releases the attributes.
func target(t *ps.Thread, va uint64) (a svc.Attributes, from *cm.Key, s nt.Status) {
	if va == 0 {
		return a, nil, nt.StatusInvalidParameter
	}
	if a, s = svc.ReadAttributes(t, va); !s.OK() {
		return a, nil, s
	}
	if a.Root != nil {
		k, ok := a.Root.Body.(*cm.Key)
		if !ok {
			a.Release()
			return a, nil, nt.StatusObjectTypeMismatch
		}
		from = k
	}
	return a, from, nt.StatusSuccess
}

// fileName captures OBJECT_ATTRIBUTES that name a file: by its full name.
func fileName(t *ps.Thread, va uint64) (string, nt.Status) {
	if va == 0 {
		return "", nt.StatusInvalidParameter
	}
	a, s := svc.ReadAttributes(t, va)
	if !s.OK() {
		return "", s
	}
	defer a.Release()
	switch {
	case a.Name == "":
		return "", nt.StatusObjectNameInvalid
	case a.Root != nil:
		return "", nt.StatusNotSupported
	case a.Name[0] != '\\':
		return "", nt.StatusObjectPathSyntaxBad
	}
	return a.Name, nt.StatusSuccess
}

// NtLoadKey(*target, *file)
func NtLoadKey(c *svc.Call) nt.Status { return load(c) }

// NtLoadKey2(*target, *file, flags). REG_NO_LAZY_FLUSH is accepted and changes nothing: the hive
// is flushed as all others are.
func NtLoadKey2(c *svc.Call) nt.Status {
	if c.Uint32(3)&^nt.RegNoLazyFlush != 0 {
		return nt.StatusInvalidParameter
	}
	return load(c)
}

func load(c *svc.Call) nt.Status {
	t := c.Thread
	if !restorer(t) {
		return nt.StatusPrivilegeNotHeld
	}
	file, s := fileName(t, c.Arg(2))
	if !s.OK() {
		return s
	}
	a, from, s := target(t, c.Arg(1))
	if !s.OK() {
		return s
	}
	defer a.Release()
	return cm.Load(from, a.Name, file)
}

// NtUnloadKey(*target)
func NtUnloadKey(c *svc.Call) nt.Status {
	t := c.Thread
	if !restorer(t) {
		return nt.StatusPrivilegeNotHeld
	}
	a, from, s := target(t, c.Arg(1))
	if !s.OK() {
		return s
	}
	defer a.Release()
	return cm.Unload(from, a.Name)
}

// file makes a file of a handle's object, for writing or reading. The caller dereferences the object.
func file(t *ps.Thread, h uint64, write bool) (*ob.Object, cm.File, nt.Status) {
	o, s := t.Process.Handles.Reference(nt.Handle(h), 0, nil)
	if !s.OK() {
		return nil, nil, s
	}
	f, s := cm.FileFromObject(o, write)
	if !s.OK() {
		o.Dereference()
		return nil, nil, s
	}
	return o, f, s
}

// NtSaveKey(key, file)
func NtSaveKey(c *svc.Call) nt.Status {
	t := c.Thread
	if !t.Process.Holds(se.BackupPrivilege) {
		return nt.StatusPrivilegeNotHeld
	}
	o, k, s := key(t, c.Arg(1), 0)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	fo, f, s := file(t, c.Arg(2), true)
	if !s.OK() {
		return s
	}
	defer fo.Dereference()
	defer f.Close()
	return k.Save(f)
}

// NtRestoreKey(key, file, flags): REG_REFRESH_HIVE takes no file. REG_WHOLE_HIVE_VOLATILE stands
// alone.
func NtRestoreKey(c *svc.Call) nt.Status {
	t := c.Thread
	flags := c.Uint32(3)
	switch {
	case !restorer(t):
		return nt.StatusPrivilegeNotHeld
	case flags&^(nt.RegWholeHiveVolatile|nt.RegRefreshHive|nt.RegNoLazyFlush|nt.RegForceRestore) != 0:
		return nt.StatusInvalidParameter
	case flags&nt.RegWholeHiveVolatile != 0 && flags&(nt.RegRefreshHive|nt.RegForceRestore) != 0:
		return nt.StatusInvalidParameter
	}
	o, k, s := key(t, c.Arg(1), 0)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if flags&nt.RegRefreshHive != 0 {
		return k.Refresh()
	}
	fo, f, s := file(t, c.Arg(2), false)
	if !s.OK() {
		return s
	}
	defer fo.Dereference()
	defer f.Close()
	if flags&nt.RegWholeHiveVolatile != 0 {
		return k.RestoreVolatile(f)
	}
	return k.Restore(f, flags&nt.RegForceRestore != 0)
}

// NtReplaceKey(*newFile, key, *oldFile)
func NtReplaceKey(c *svc.Call) nt.Status {
	t := c.Thread
	if !restorer(t) {
		return nt.StatusPrivilegeNotHeld
	}
	newFile, s := fileName(t, c.Arg(1))
	if !s.OK() {
		return s
	}
	oldFile, s := fileName(t, c.Arg(3))
	if !s.OK() {
		return s
	}
	o, k, s := key(t, c.Arg(2), 0)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	return k.Replace(newFile, oldFile)
}

// NtFlushKey(key)
func NtFlushKey(c *svc.Call) nt.Status {
	o, k, s := key(c.Thread, c.Arg(1), 0)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	return k.Flush()
}

// NtInitializeRegistry(condition): 0 when the session manager is there, from 2 on when the
// start is accepted (SPEC S7).
func NtInitializeRegistry(c *svc.Call) nt.Status {
	if !c.Thread.Process.Holds(se.RestorePrivilege) {
		return nt.StatusPrivilegeNotHeld
	}
	return cm.InitializeRegistry(c.Uint32(1) & 0xFFFF)
}
