# GoNT: `make` lists the targets.

GO     ?= go
B      := build
SIZE   ?= 64M
# PACK=-lz4 wraps ntoskrnl.exe and smss.exe in LZ4 frames (less to read from slow
# disks), PACK= does not.
PACK   ?= -lz4

# For `make qemu`: MACHINE=pc|q35 DISK=ide|ahci|virtio|nvme|usb-xhci|usb-ehci PERSIST=1
# ACCEL=auto|tcg|kvm DISPLAY_TYPE=none|gtk|curses QEMU_ARGS=...
MACHINE ?= pc
DISK    ?=
PERSIST ?=
MEM     ?= 256
SMP     ?= 1
ACCEL   ?= auto
DISPLAY_TYPE ?= none
QEMU_ARGS ?=

# CHECKED=1 puts the checked build of the kernel into the image, which enforces
# the rules about IRQL and locks (docs/thread.md).
CHECKED ?=
IMAGE   := $(B)/gont$(if $(CHECKED),-checked).img

# For `make fuzz`.
SEED  ?= 1
CALLS ?= 1000000

# For `make soak`, with SEED; its SMP is 4 unless it is given.
SECONDS ?= 1800

# For both: megabytes of memory that are a paging file; MEM is theirs, too. For `make soak`:
# megabytes of a paging file on the boot volume.
PAGEFILE     ?= 0
DISKPAGEFILE ?= 0

# Images of `make bench` besides the one whose boots are timed: ring 3 on one
# processor, on several, files and disks by the clock, and the kernel's own measurements.
BENCHES := guest smp clock kernel

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.7.0

# What the programs are made of. Everything outside tools/, qemu/ and
# toolchain/ may be a part of the guest; cm/regf is a part of tools, too.
ALL     := $(shell find . -path ./$(B) -prune -o -path ./.git -prune -o -type f \( -name '*.go' -o -name '*.s' -o -name '*.S' -o -name '*.h' -o -name '*.inc' -o -name '*.ld' -o -name '*.bin' -o -name '*.sh' \) -print)
SOURCES := $(patsubst ./%,%,$(filter-out %_test.go,$(ALL)))
HOST    := $(filter tools/% qemu/% pe/% cm/regf/% boot/osldr/fat/% boot/osldr/status/%,$(SOURCES))
GUEST   := $(filter-out tools/% qemu/% toolchain/% scripts/% boot/%,$(SOURCES)) $(filter toolchain/%,$(SOURCES)) go.mod go.sum
BOOT    := $(filter boot/% arc/% pe/% cm/regf/% io/order/% hal/acpi/root/% goos/% linker.ld,$(SOURCES)) $(filter toolchain/%,$(SOURCES)) go.mod go.sum

TAMAGO_ENV := GOOS=tamago GOARCH=amd64 GOOSPKG=gont CGO_ENABLED=0
comma := ,
# TAMAGO_GO &&: sets $tamago or fails, with what the toolchain has said.
TAMAGO_GO   = tamago=$$($(GO) run ./toolchain)

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: help image qemu debug debug-elf test test-full test-disk fuzz soak bench usb toolchain vet staticcheck clean setup-image setup-qemu setup-test setup-debug

help: ## list the targets
	@echo 'GoNT. Targets:'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

image: setup-image $(IMAGE) ## write the disk image build/gont.img; CHECKED=1: build/gont-checked.img

qemu: setup-qemu $(IMAGE) $(B)/bin/runqemu ## boot in QEMU, serial console in this terminal
	@$(B)/bin/runqemu -cache $(B)/kvm-probe -accel $(ACCEL) -machine $(MACHINE) $(if $(DISK),-disk $(DISK)) $(if $(PERSIST),-persist) \
		-m $(MEM) -smp $(SMP) -display $(DISPLAY_TYPE) $(IMAGE) $(QEMU_ARGS)

debug-elf: $(B)/ntoskrnl-debug.elf ## write build/ntoskrnl-debug.elf, the image's kernel with symbols, for gdb

debug: setup-debug $(B)/gont.img $(B)/ntoskrnl-debug.elf ## gdb on the kernel's own port: in QEMU, or make debug DEV=/dev/ttyUSB0
	@MACHINE=$(MACHINE) DISK=$(DISK) MEM=$(MEM) SMP=$(SMP) PORT=$(PORT) SCRIPT=$(SCRIPT) scripts/debug.sh $(B) $(DEV)

test: setup-test $(B)/bin/testsum ## run all tests; the last line is "N passed, N failed"
	@GO='$(GO)' MAKE='$(MAKE)' scripts/test.sh $(B)/bin/testsum

test-full: setup-test $(B)/bin/testsum ## the same with the long forms of the tests, about twice the time
	@GO='$(GO)' MAKE='$(MAKE)' scripts/test.sh $(B)/bin/testsum -full

test-disk: setup-test ## the long tests of disks and files: 100,000 operations, 20,000 damaged disks, power cuts, 1,000 errors
	GONT_TEST=1 $(GO) test -count 1 -timeout 3h ./fs/partition
	GONT_TEST=1 $(GO) test -count 1 -timeout 3h ./fs/fat ./io/drivers/fastfat ./kernel/systemfiles -args -full
	GONT_TEST=1 $(GO) test -count 1 -timeout 3h -parallel 2 ./kernel/kerneltest -run '^Test(Disks?|DiskErrors|DiskMachines|SCSI|Killed|Usb|BootVolume|PrefetchTime)$$' -args -full
	GONT_TEST=1 $(GO) test -count 1 -timeout 3h -parallel 2 ./qemu/systemtest -run '^TestBochsDisks$$' -args -full

fuzz: setup-test ## attack the system services: make fuzz SEED=1 CALLS=1000000 SMP=1
	GONT_TEST=1 $(GO) test -count 1 -v -timeout 10h ./kernel/kerneltest -run '^TestFuzz$$' -args -seed $(SEED) -calls $(CALLS) -smp $(SMP) \
		-memory $(MEM) -pagefile $(PAGEFILE)

soak: setup-test ## keep several processors at work: make soak SECONDS=1800 SMP=4 SEED=1
	GONT_TEST=1 $(GO) test -count 1 -v -timeout 100h ./kernel/kerneltest -run '^TestSoak$$' -args -seed $(SEED) -seconds $(SECONDS) \
		-smp $(if $(filter file default undefined,$(origin SMP)),4,$(SMP)) -memory $(MEM) -pagefile $(PAGEFILE) -diskpagefile $(DISKPAGEFILE)

bench: setup-qemu $(B)/bench.img $(BENCHES:%=$(B)/bench-%.img) $(B)/bin/bench ## measure boots, services, the kernel; prints BENCH lines
	@$(B)/bin/bench $(foreach b,$(BENCHES),-$(b) $(B)/bench-$(b).img) $(BENCH_ARGS) $(B)/bench.img

usb: setup-image $(IMAGE) $(B)/bin/usbwrite ## write the image to a stick: make usb DEV=/dev/sdX
	@$(B)/bin/usbwrite $(IMAGE) $(if $(DEV),$(DEV),'')

toolchain: ## derive the GOOS=tamago toolchain (done when needed anyway)
	@$(GO) run ./toolchain

vet: ## go vet and gofmt, for the host and for the machine
	@scripts/vet.sh

staticcheck: ## staticcheck, for the host and for the machine
	@STATICCHECK='$(STATICCHECK)' scripts/staticcheck.sh

clean: ## remove build/
	rm -rf $(B)

setup-image setup-qemu setup-test setup-debug: setup-%:
	@scripts/setup.sh $*

# Host tools. A rule for each, so that one change builds one tool again.
$(B)/bin/%: $(HOST) go.mod go.sum
	@mkdir -p $(@D)
	$(GO) build -trimpath -buildvcs=false -o $@ ./tools/$*
	@touch $@

# Boot sectors and OSLDR.
$(B)/boot/stamp: $(BOOT)
	@mkdir -p $(@D)
	boot/build.sh $(B)/boot
	@touch $@
$(B)/boot/mbr.bin $(B)/boot/boot.bin $(B)/boot/OSLDR: $(B)/boot/stamp ;

# Programs: Go ELF, then PE32+.
$(B)/ntoskrnl.elf $(B)/ntoskrnl-checked.elf: $(GUEST)
	@mkdir -p $(@D)
	$(TAMAGO_GO) && $(TAMAGO_ENV) $$tamago build -tags kernel$(if $(findstring checked,$@),$(comma)checked) -trimpath -buildvcs=false \
		-ldflags '-s -w -T -0x7fdff000 -checklinkname=0' -o $@ ./kernel
# The same kernel, at the same addresses, with symbols and DWARF, for gdb: the parts that
# are loaded are those of the image, which is checked.
$(B)/ntoskrnl-debug.elf: $(B)/ntoskrnl.elf
	$(TAMAGO_GO) && $(TAMAGO_ENV) $$tamago build -tags kernel -trimpath -buildvcs=false \
		-ldflags '-T -0x7fdff000 -checklinkname=0' -o $@ ./kernel
	scripts/samecode.sh $@ $(B)/ntoskrnl.elf
$(B)/ntoskrnl.exe $(B)/ntoskrnl-checked.exe: %.exe: %.elf $(B)/bin/elf2pe
	$(B)/bin/elf2pe $(PACK) -exports -base 0xffffffff80200000 -o $@ $<

$(B)/%.elf: $(GUEST)
	@mkdir -p $(@D)
	$(TAMAGO_GO) && $(TAMAGO_ENV) $$tamago build -tags ntuser -trimpath -buildvcs=false \
		-ldflags '-s -w -T 0x140001000 -checklinkname=0' -o $@ ./$*
# A program with symbols and DWARF, for gdb: make build/smss-debug.elf.
$(B)/%-debug.elf: $(B)/%.elf
	$(TAMAGO_GO) && $(TAMAGO_ENV) $$tamago build -tags ntuser -trimpath -buildvcs=false \
		-ldflags '-T 0x140001000 -checklinkname=0' -o $@ ./$*
	scripts/samecode.sh $@ $<
$(B)/%.exe: $(B)/%.elf $(B)/bin/elf2pe
	$(B)/bin/elf2pe $(PACK) -base 0x140000000 -o $@ $<

# Hives. Their times are fixed, so that an image can be made again.
HIVETIME := 2026-01-01T00:00:00Z
$(B)/SYSTEM: hives/SYSTEM.reg $(B)/bin/hive
	$(B)/bin/hive import -new -time $(HIVETIME) $< $@

# Character tables, and the files of the drivers that are linked into the kernel.
NLS     := c_1252 c_437 l_intl
# rampaging has no DriverEntry: it stands before there are drivers.
DRIVERS := $(filter-out rampaging,$(notdir $(patsubst %/,%,$(sort $(dir $(wildcard io/drivers/*/*.go))))))
$(B)/nls/stamp: $(B)/bin/mknls
	@mkdir -p $(@D)
	$(B)/bin/mknls $(@D)
	@touch $@
$(B)/drivers/%.sys: $(B)/bin/mkdriver
	@mkdir -p $(@D)
	$(B)/bin/mkdriver -o $@ $*.DriverEntry

# mkimage INI SMSS KERNEL: an image with this boot.ini, session manager, kernel.
MKIMAGE_DEPS := $(B)/bin/mkimage $(B)/boot/stamp $(B)/SYSTEM $(B)/nls/stamp $(DRIVERS:%=$(B)/drivers/%.sys) Makefile
define mkimage
$(B)/bin/mkimage -o $@ -size $(SIZE) -mbr $(B)/boot/mbr.bin -boot $(B)/boot/boot.bin -osldr $(B)/boot/OSLDR \
	-add '$(1)=\boot.ini' -add '$(3)=\Windows\System32\ntoskrnl.exe' \
	-add '$(2)=\Windows\System32\smss.exe' -add '$(B)/SYSTEM=\Windows\System32\config\SYSTEM' \
	$(foreach n,$(NLS),-add '$(B)/nls/$(n).nls=\Windows\System32\$(n).nls') \
	$(foreach d,$(DRIVERS),-add '$(B)/drivers/$(d).sys=\Windows\System32\drivers\$(d).sys')
endef

# nsh.exe is what runs; nsh.ex_ is the same, compressed, for OSLDR.
$(B)/nsh.exe: PACK :=
$(B)/nsh.ex_: $(B)/nsh.elf $(B)/bin/elf2pe
	$(B)/bin/elf2pe -lz4 -base 0x140000000 -o $@ $<
PROGRAMS := $(B)/nsh.exe $(B)/nsh.ex_
programs  = $(foreach p,$(PROGRAMS),-add '$(p)=\Windows\System32\$(notdir $(p))')
$(B)/gont.img: $(MKIMAGE_DEPS) $(B)/ntoskrnl.exe $(B)/smss.exe $(PROGRAMS) scripts/boot.ini
	$(call mkimage,scripts/boot.ini,$(B)/smss.exe,$(B)/ntoskrnl.exe) $(programs)
$(B)/gont-checked.img: $(MKIMAGE_DEPS) $(B)/ntoskrnl-checked.exe $(B)/smss.exe $(PROGRAMS) scripts/boot.ini
	$(call mkimage,scripts/boot.ini,$(B)/smss.exe,$(B)/ntoskrnl-checked.exe) $(programs)

# For `make bench`: no menu, and images whose session manager is the benchmark
# program, which also starts the least program there can be.
$(B)/bench.img: $(MKIMAGE_DEPS) $(B)/ntoskrnl.exe $(B)/smss.exe scripts/bench.ini
	$(call mkimage,scripts/bench.ini,$(B)/smss.exe,$(B)/ntoskrnl.exe)
$(B)/bench-%.img: $(MKIMAGE_DEPS) $(B)/ntoskrnl.exe $(B)/ntbench.exe $(B)/null.exe $(B)/big.exe scripts/bench-%.ini
	$(call mkimage,scripts/bench-$*.ini,$(B)/ntbench.exe,$(B)/ntoskrnl.exe) -add '$(B)/null.exe=\Windows\System32\null.exe' \
		-add '$(B)/big.exe=\Windows\System32\big.exe'
$(B)/null.elf: ntbench/null/null.S goos/service.h
	@mkdir -p $(@D)
	cc -E -P -x assembler-with-cpp -I goos $< | as --64 -o $(B)/null.o -
	ld -m elf_x86_64 -z noexecstack -z max-page-size=4096 -Ttext=0x140001000 -o $@ $(B)/null.o
$(B)/big.elf: ntbench/big/big.S goos/service.h
	@mkdir -p $(@D)
	cc -E -P -x assembler-with-cpp -I goos $< | as --64 -o $(B)/big.o -
	ld -m elf_x86_64 -z noexecstack -z max-page-size=4096 -Ttext=0x140001000 -o $@ $(B)/big.o
$(B)/big.exe: $(B)/big.elf $(B)/bin/elf2pe
	$(B)/bin/elf2pe -base 0x140000000 -o $@ $<
