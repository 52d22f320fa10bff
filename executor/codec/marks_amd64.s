#include "textflag.h"

// What is looked for: a quote, a backslash, the last control character.
DATA sought<>+0(SB)/1, $0x22
DATA sought<>+1(SB)/1, $0x5c
DATA sought<>+2(SB)/1, $0x1f
GLOBL sought<>(SB), RODATA|NOPTR, $3

// MARKS puts the marks of the 64 bytes at SI into AX and gathers their high bits in Y8.
#define MARKS \
	VMOVDQU   (SI), Y3    \
	VMOVDQU   32(SI), Y4  \
	VPOR      Y3, Y8, Y8  \
	VPOR      Y4, Y8, Y8  \
	VPCMPEQB  Y3, Y0, Y5  \
	VPCMPEQB  Y3, Y1, Y6  \
	VPMINUB   Y3, Y2, Y7  \
	VPCMPEQB  Y3, Y7, Y7  \
	VPOR      Y5, Y6, Y5  \
	VPOR      Y5, Y7, Y5  \
	VPMOVMSKB Y5, AX      \
	VPCMPEQB  Y4, Y0, Y5  \
	VPCMPEQB  Y4, Y1, Y6  \
	VPMINUB   Y4, Y2, Y7  \
	VPCMPEQB  Y4, Y7, Y7  \
	VPOR      Y5, Y6, Y5  \
	VPOR      Y5, Y7, Y5  \
	VPMOVMSKB Y5, BX      \
	SHLQ      $32, BX     \
	ORQ       BX, AX

// func markWide(p *byte, n int, words *uint64) (high uint32)
TEXT ·markWide(SB), NOSPLIT, $0-28
	MOVQ p+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ words+16(FP), DI
	VPBROADCASTB sought<>+0(SB), Y0
	VPBROADCASTB sought<>+1(SB), Y1
	VPBROADCASTB sought<>+2(SB), Y2
	VPXOR Y8, Y8, Y8
	MOVQ CX, DX
	SHRQ $6, DX

block:
	MARKS
	MOVQ AX, (DI)
	ADDQ $64, SI
	ADDQ $8, DI
	DECQ DX
	JNZ  block

	XORL AX, AX
	ANDQ $63, CX
	JZ   rest
	LEAQ -64(SI)(CX*1), SI // the last 64 bytes: those that were marked are shifted out
	MARKS
	NEGQ CX
	SHRQ CX, AX            // by 64 less the rest

rest:
	MOVQ AX, (DI)
	VPMOVMSKB Y8, AX
	MOVL AX, high+24(FP)
	VZEROUPPER
	RET

// Halves of bytes, and what leads of three and four bytes have over 0x80.
DATA halves<>+0(SB)/1, $0x0f
DATA halves<>+1(SB)/1, $0x60
DATA halves<>+2(SB)/1, $0x70
DATA halves<>+3(SB)/1, $0x80
GLOBL halves<>(SB), RODATA|NOPTR, $4

// PAIRS adds what is wrong with the bytes of Y0 behind those of Y1 to Y15.
#define PAIRS \
	VPERM2I128 $0x21, Y0, Y1, Y2  \ // the high half of those before, the low half of these
	VPALIGNR   $15, Y2, Y0, Y3    \ // the byte before each
	VPSRLW     $4, Y3, Y4         \
	VPAND      Y4, Y8, Y4         \
	VPSHUFB    Y4, Y12, Y4        \
	VPAND      Y3, Y8, Y3         \
	VPSHUFB    Y3, Y13, Y3        \
	VPAND      Y3, Y4, Y3         \
	VPSRLW     $4, Y0, Y4         \
	VPAND      Y4, Y8, Y4         \
	VPSHUFB    Y4, Y14, Y4        \
	VPAND      Y3, Y4, Y3         \
	VPALIGNR   $14, Y2, Y0, Y4    \ // two and three before: leads of three and four bytes
	VPSUBUSB   Y9, Y4, Y4         \
	VPALIGNR   $13, Y2, Y0, Y5    \
	VPSUBUSB   Y10, Y5, Y5        \
	VPOR       Y4, Y5, Y4         \
	VPAND      Y11, Y4, Y4        \ // 0x80 where they want a continuation
	VPXOR      Y3, Y4, Y3         \
	VPOR       Y3, Y15, Y15

// func wrongWide(p *byte, n int, errors *[3][16]byte) (wrong uint32)
TEXT ·wrongWide(SB), NOSPLIT, $0-28
	MOVQ p+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ errors+16(FP), DI
	VPBROADCASTB halves<>+0(SB), Y8
	VPBROADCASTB halves<>+1(SB), Y9
	VPBROADCASTB halves<>+2(SB), Y10
	VPBROADCASTB halves<>+3(SB), Y11
	VBROADCASTI128 (DI), Y12
	VBROADCASTI128 16(DI), Y13
	VBROADCASTI128 32(DI), Y14
	VPXOR Y15, Y15, Y15
	VPXOR Y1, Y1, Y1 // nothing stands before the first
	MOVQ CX, DX
	SHRQ $5, DX

block:
	VMOVDQU (SI), Y0
	PAIRS
	VMOVDQA Y0, Y1
	ADDQ $32, SI
	DECQ DX
	JNZ  block

	ANDQ $31, CX
	JZ   rest
	VMOVDQU -64(SI)(CX*1), Y1 // the last 32 bytes and those before them
	VMOVDQU -32(SI)(CX*1), Y0
	PAIRS

rest:
	XORL AX, AX
	VPTEST Y15, Y15
	SETNE AX
	MOVL AX, wrong+24(FP)
	VZEROUPPER
	RET
