; SPDX-License-Identifier: MIT
;
; A guest of two sectors that counts, so that a test can tell which moment a disk image or a memory
; image shows. Install: the 1024 bytes at the start of the first disk. It runs on SeaBIOS.
;
; Disks: BIOS drives 80h to 83h, as far as they answer in a row. SeaBIOS only sees those with a boot order.
; Sector 2 (byte 1024) of each holds a counter, 4 bytes, little-endian.
; COM1: "D=<n>"   how many disks, once
;       "B=<n>"   one line per disk: the counter that it held at boot
;       "C=<n>"   250 times a second: the counter in RAM, which begins with the first disk's
;       "E=<n>"   a write failed
;       "P=<n>"   the power button; then the machine is off
; n in 8 hex digits. At each 16th count the counter goes to the disks, one after the other, the
; first disk first: at no moment is the first disk behind another or ahead by more than 16. The
; counter in RAM, at the address 8400h, is never behind a disk nor ahead of it by more than 16. Disks that
; differ at boot, as after a kill between two of those writes, all get the first disk's counter.
;
; Without ACPI it cannot hear the power button.
;
; -DFILL=<MiB> fills the RAM from 1 MiB up to there with noise before it counts; -DDIRTY changes every
; page of that again and again between two counts. -DEJECT lets go of every device that the pc machine
; is asked to give up, as an operating system does.

bits 16
org 0x7c00

STEP      equ 16
MAX_DISKS equ 4
FIRST     equ 0x80
COM1      equ 0x3f8
; SeaBIOS puts the ACPI registers of the pc and the q35 machine here.
PM1_STS   equ 0x600
PM1_EN    equ 0x602
PM1_CNT   equ 0x604
PWRBTN    equ 0x0100
SLP_S5    equ 0x2000
; QEMU's registers for that, of its first bus: a bit for each slot.
PCI_DOWN  equ 0xae04
PCI_EJECT equ 0xae08
PCI_BUS   equ 0xae10
BIOS_TICKS equ 0x46c
READ      equ 0x42
WRITE     equ 0x43

boot:
	cli
	xor ax, ax
	mov ds, ax
	mov es, ax
	mov ss, ax
	mov sp, boot
	cld
	sti
	mov byte [drive], FIRST         ; the second half of this program
	mov word [dap.to], second
	mov dword [dap.lba], 1
	mov ah, READ
	call disk
	mov word [dap.to], buf
	mov dword [dap.lba], 2
	jmp second

; AH = READ or WRITE: one sector of [drive], as the packet says. Carry: it failed.
disk:
	mov si, dap
	mov dl, [drive]
	int 0x13
	ret

; Print AL, '=', EDX in hex and a line feed.
report:
	call putc
	mov al, '='
	call putc
	mov cx, 8
.digit:
	rol edx, 4
	mov bl, dl
	and bx, 15
	mov al, [hex + bx]
	call putc
	loop .digit
	mov al, 10
putc:
	push dx
	push ax
	mov dx, COM1 + 5
.full:
	in al, dx
	test al, 0x20
	jz .full
	mov dx, COM1
	pop ax
	out dx, al
	pop dx
	ret

hex:	db '0123456789abcdef'

align 4
dap:	db 16, 0
	dw 1
.to:	dw 0, 0
.lba:	dq 0
disks:	dd 0
drive:	db 0
differ:	db 0

%ifdef FILL
align 8
gdt:	dq 0, 0x00cf92000000ffff        ; one flat data segment of 4 GiB
gdtr:	dw gdtr - gdt - 1
	dd gdt
%endif

times 510 - ($ - $$) db 0
	dw 0xaa55

second:
	mov dx, COM1 + 3                ; 115200 baud, 8 bits, no parity
	mov al, 0x80
	out dx, al
	mov dx, COM1
	mov al, 1
	out dx, al
	inc dx
	xor al, al
	out dx, al
	mov dx, COM1 + 3
	mov al, 3
	out dx, al
	mov al, 0x34                    ; timer: 250 ticks a second
	out 0x43, al
	mov ax, 4773
	out 0x40, al
	mov al, ah
	out 0x40, al
	mov dx, PM1_EN                  ; without it the button leaves no trace
	mov ax, PWRBTN
	out dx, ax

%ifdef FILL
	cli                             ; a segment limit loaded in protected mode stays afterwards
	lgdt [gdtr]
	mov eax, cr0
	or al, 1
	mov cr0, eax
	mov bx, 8
	mov fs, bx
	and al, 0xfe
	mov cr0, eax
	xor bx, bx
	mov fs, bx
	mov edi, 0x100000
	mov eax, 0x2545f491
.fill:
	imul eax, eax, 1664525
	add eax, 1013904223
	mov [fs:edi], eax
	add edi, 4
	cmp edi, FILL * 0x100000
	jb .fill
	mov edi, 0x100000
	sti
%endif

.look:                                  ; how many disks answer
	mov ah, READ
	call disk
	jc .known
	inc byte [drive]
	inc dword [disks]
	cmp byte [disks], MAX_DISKS
	jb .look
.known:
	mov al, 'D'
	mov edx, [disks]
	call report
	mov byte [drive], FIRST
.held:                                  ; what they hold
	mov ah, READ
	call disk
	mov edx, [buf]
	cmp byte [drive], FIRST
	jne .print
	mov [count], edx
.print:
	cmp edx, [count]
	setne al
	or [differ], al
	mov al, 'B'
	call report
	call next
	jne .held
	cmp byte [differ], 0
	jne write

tick:
%ifdef DIRTY
	mov cx, 2000                    ; pages
.dirty:
	inc dword [fs:edi]
	add edi, 4096
	cmp edi, FILL * 0x100000
	jb .same
	mov edi, 0x100000
.same:
	loop .dirty
	mov eax, [BIOS_TICKS]
	cmp eax, [ticks]
	je tick
	mov [ticks], eax
%else
	hlt
%endif
	mov dx, PM1_STS
	in ax, dx
	cmp ax, 0xffff                  ; a machine without ACPI: nobody is there
	je .count
	test ax, PWRBTN
	jnz off
.count:
%ifdef EJECT
	mov dx, PCI_BUS
	xor eax, eax
	out dx, eax
	mov dx, PCI_DOWN
	in eax, dx
	test eax, eax
	jz .kept
	mov dx, PCI_EJECT
	out dx, eax
.kept:
%endif
	inc dword [count]
	mov al, 'C'
	mov edx, [count]
	call report
	test byte [count], STEP - 1
	jnz tick
write:
	mov edx, [count]
	mov [buf], edx
.disk:
	mov ax, WRITE << 8
	call disk
	jnc .written
	mov al, 'E'
	mov edx, [count]
	call report
.written:
	call next
	jne .disk
	jmp tick

; Go to the next disk. Zero flag: that was the last, the next one is the first again.
next:
	inc byte [drive]
	mov al, [drive]
	sub al, FIRST
	cmp al, [disks]
	jb .more
	mov byte [drive], FIRST
	cmp al, al
.more:
	ret

off:
	mov al, 'P'
	mov edx, [count]
	call report
	mov dx, PM1_CNT
	mov ax, SLP_S5
	out dx, ax
.halt:
	hlt
	jmp .halt

times 1024 - ($ - $$) db 0
buf	equ 0x8200
ticks	equ 0x8500
count	equ 0x8400                      ; a test reads it there
