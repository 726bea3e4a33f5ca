// Package uroot only holds the requirement of u-root, whose commands are
// compiled for GOOS=tamago by the tests of the toolchain.
package uroot

import _ "github.com/u-root/u-root/pkg/core"
