package load

import (
	"context"
	"os"
	"path/filepath"

	"cmd/go/internal/base"
	"cmd/go/internal/cfg"
	"cmd/go/internal/modload"
)

// goosPath is the package with the hooks below the runtime of GOOS=tamago.
const goosPath = "runtime/goos"

// goosDir returns the folder that stands in for runtime/goos: the folder goos
// of the module that the environment variable GOOSPKG names, which is the main
// module or one it depends on, or of the folder, if it is an absolute path.
func goosDir(loaderstate *modload.State, ctx context.Context, path string) (string, bool) {
	mod := os.Getenv("GOOSPKG")
	if path != goosPath || mod == "" || cfg.Goos != "tamago" {
		return "", false
	}
	root := mod
	if !filepath.IsAbs(mod) {
		info := modload.ModuleInfo(loaderstate, ctx, mod)
		if info == nil {
			base.Fatalf("go: GOOSPKG=%s: modules are not enabled", mod)
		}
		if info.Error != nil {
			base.Fatalf("go: GOOSPKG=%s: %s", mod, info.Error.Err)
		}
		if info.Replace != nil && info.Replace.Dir != "" {
			info.Dir = info.Replace.Dir
		}
		if info.Dir == "" {
			base.Fatalf("go: GOOSPKG=%s: module is not downloaded", mod)
		}
		root = info.Dir
	}
	dir := filepath.Join(root, "goos")
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		base.Fatalf("go: GOOSPKG=%s: no folder %s", mod, dir)
	}
	return dir, true
}
