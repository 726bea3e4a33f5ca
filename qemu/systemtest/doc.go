// Package systemtest boots the whole system as `make image` builds it and looks
// at what a user would see. The loader alone is tested in gont/boot/loadertest.
package systemtest
