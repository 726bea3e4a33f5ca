package mm

import (
	"strings"

	"gont/nt"
	"gont/ob"
)

// SectionType is the section object type (SPEC P1.18); its objects' bodies are
// *Section. BootImages is the directory \BootImages: sections of the files that OSLDR
// has read.
var (
	SectionType *ob.Type
	BootImages  *ob.Object
)

// CreateSectionType makes the type.
func CreateSectionType() (s nt.Status) {
	all := nt.StandardAll | 0x1F
	SectionType, s = ob.CreateType(ob.Type{Name: "Section", Valid: all, Generic: [4]nt.AccessMask{
		nt.ReadControl | 5, nt.ReadControl | 2, nt.ReadControl | 8, all},
		Delete: func(o *ob.Object) { o.Body.(*Section).Delete() }})
	return s
}

// CreateBootImages makes the directory.
func CreateBootImages() (s nt.Status) {
	BootImages, s = ob.CreateDirectory(`\BootImages`)
	return s
}

// AddBootImage makes the section of an image that the loader has read, below \BootImages;
// the file's bytes must stay until nobody uses the section. The error says what is wrong
// with an image that is none. path is the full name of the file.
func AddBootImage(path string, file []byte) (nt.Status, error) {
	name := path[strings.LastIndexByte(path, '\\')+1:]
	s, err := NewImageSection(name, file)
	if err != nil {
		return ImageStatus(err), err
	}
	s.Path = path
	o := ob.New(SectionType, s)
	status := ob.Insert(BootImages, o, name, true, true)
	o.Dereference()
	return status, nil
}
