#include "go_asm.h"
#include "textflag.h"

// The high bit and the seven others of eight bytes.
DATA halves8<>+0(SB)/8, $0x8080808080808080
DATA halves8<>+8(SB)/8, $0x7f7f7f7f7f7f7f7f
GLOBL halves8<>(SB), RODATA|NOPTR, $16

// What pairs of 7 bits, and then of 14 bits, weigh.
DATA weights<>+0(SB)/8, $0x8001800180018001
DATA weights<>+8(SB)/8, $0x4000000140000001
GLOBL weights<>(SB), RODATA|NOPTR, $16

// func wideSteps(x *quickRun)
//
// SI, R11: p and its length. R10: i. R8: the step; R9: steps left in the row.
// R12: the row. DI: the step's vector.
TEXT ·wideSteps(SB), NOSPLIT, $0-8
	MOVQ  x+0(FP), AX
	MOVQ  quickRun_p(AX), SI
	MOVQ  quickRun_p+8(AX), R11
	MOVQ  quickRun_i(AX), R10
	MOVQ  quickRun_row(AX), R12
	MOVQ  quickRun_k(AX), BX
	MOVQ  quickRun_steps+8(AX), R9
	SUBQ  BX, R9
	IMULQ $avroStep__size, BX
	MOVQ  quickRun_steps(AX), R8
	ADDQ  BX, R8
	VPCMPEQB Y15, Y15, Y15
	VMOVQ weights<>+0(SB), X14
	VMOVQ weights<>+8(SB), X13
	VMOVQ halves8<>+8(SB), X12

step:
	MOVQ    avroStep_v(R8), DI
	MOVBLZX avroStep_op(R8), AX
	CMPL    AX, $const_stepText
	JEQ     text
	CMPL    AX, $const_stepInteger
	JEQ     integer
	CMPL    AX, $const_stepUnion
	JEQ     union
	CMPL    AX, $const_stepBoolean
	JEQ     boolean
	CMPL    AX, $const_stepDouble
	JEQ     double
	CMPL    AX, $const_stepEnd
	JNE     stop
	CMPQ    const_vecValid+8(DI), $0
	JNE     stop

next:
	ADDQ $avroStep__size, R8
	DECQ R9
	JNZ  step
	MOVQ x+0(FP), AX
	MOVQ quickRun_steps(AX), R8
	MOVQ quickRun_steps+8(AX), R9
	INCQ R12
	CMPQ R12, quickRun_end(AX)
	JLT  step

stop:
	MOVQ x+0(FP), AX
	MOVQ quickRun_steps+8(AX), BX
	SUBQ R9, BX
	MOVQ BX, quickRun_k(AX)
	MOVQ R10, quickRun_i(AX)
	MOVQ R12, quickRun_row(AX)
	VZEROUPPER
	RET

	// Text: BX is where it begins, CX its bytes, DX its end; AX and R13 are where it goes.
text:
	LEAQ    1(R10), BX
	CMPQ    BX, R11
	JGT     stop
	MOVBLZX (SI)(R10*1), CX
	CMPL    CX, $0x80
	JAE     textOfMany

textOf:
	TESTL $1, CX
	JNZ   stop
	SHRL  $1, CX
	LEAQ  (BX)(CX*1), DX
	CMPQ  DX, R11
	JGT   stop
	MOVQ  const_vecData+8(DI), AX
	LEAQ  32(AX)(CX*1), R13
	CMPQ  R13, const_vecData+16(DI)
	JGT   stop
	CMPQ  R13, $0x7fffffff
	JGT   stop
	LEAQ  1(R12), R13
	CMPQ  R13, const_vecOff+8(DI)
	JGE   stop
	ADDQ  SI, BX
	MOVQ  const_vecData(DI), R13
	ADDQ  AX, R13
	CMPL  CX, $32
	JGT   textLong
	LEAQ  -1(BX), R14
	ANDL  $4095, R14
	CMPL  R14, $(4096-33) // the byte before the text is there: so are 32 more of its page
	JGT   textAtSeam

textShort:
	VMOVDQU   (BX), Y0
	VMOVDQU   Y0, (R13)
	VPADDB    Y15, Y0, Y1 // U+0000 becomes 0xff
	VPOR      Y0, Y1, Y1
	VPMOVMSKB Y1, R14
	BZHIL     CX, R14, R14
	TESTL     R14, R14
	JNZ       stop

textEnd:
	ADDQ CX, AX
	MOVQ AX, const_vecData+8(DI)
	MOVQ const_vecOff(DI), R13
	MOVL AX, 4(R13)(R12*4)
	MOVQ DX, R10
	JMP  next

textOfMany:
	LEAQ    2(R10), BX
	CMPQ    BX, R11
	JGT     stop
	MOVBLZX 1(SI)(R10*1), DX
	CMPL    DX, $0x80
	JAE     stop
	ANDL    $0x7f, CX
	SHLL    $7, DX
	ORL     DX, CX
	JMP     textOf

textAtSeam:
	LEAQ 32(BX), R14
	SUBQ SI, R14
	CMPQ R14, R11
	JLE  textShort
	JMP  stop

textLong:
	MOVQ  CX, R14
	VPXOR X2, X2, X2

textMore:
	VMOVDQU (BX), Y0
	VMOVDQU Y0, (R13)
	VPADDB  Y15, Y0, Y1
	VPOR    Y0, Y2, Y2
	VPOR    Y1, Y2, Y2
	ADDQ    $32, BX
	ADDQ    $32, R13
	SUBQ    $32, R14
	CMPQ    R14, $32
	JGT     textMore
	VMOVDQU -32(BX)(R14*1), Y0 // the last 32 bytes, whether copied or not
	VMOVDQU Y0, -32(R13)(R14*1)
	VPADDB  Y15, Y0, Y1
	VPOR    Y0, Y2, Y2
	VPOR    Y1, Y2, Y2
	VPMOVMSKB Y2, R14
	TESTL   R14, R14
	JNZ     stop
	JMP     textEnd

integer:
	CMPQ R12, const_vecI64+8(DI)
	JGE  stop
	LEAQ 8(R10), AX
	CMPQ AX, R11
	JGT  integerAtEnd

integerOf:
	MOVQ    (SI)(R10*1), AX
	ANDNQ   halves8<>+0(SB), AX, BX
	TZCNTQ  BX, CX
	JCS     stop                // it has more than eight bytes
	BLSMSKQ BX, BX
	ANDQ    BX, AX
	SHRQ    $3, CX
	LEAQ    1(R10)(CX*1), DX
	CMPQ    DX, R11
	JGT     stop
	VMOVQ   AX, X0
	VPAND   X12, X0, X0
	VPMADDUBSW X0, X14, X0      // seven bits by seven
	VPMADDWD   X13, X0, X0      // fourteen by fourteen
	VMOVQ   X0, AX
	MOVL    AX, BX
	SHRQ    $32, AX
	SHLQ    $28, AX
	ORQ     AX, BX
	MOVQ    BX, AX
	SHRQ    $1, AX
	ANDL    $1, BX
	NEGQ    BX
	XORQ    BX, AX
	CMPQ    AX, avroStep_low(R8)
	JLT     stop
	CMPQ    AX, avroStep_high(R8)
	JGT     stop
	IMULQ   avroStep_unit(R8), AX
	MOVQ    const_vecI64(DI), BX
	MOVQ    AX, (BX)(R12*8)
	MOVQ    DX, R10
	JMP     next

integerAtEnd:
	CMPQ R10, R11
	JGE  stop
	LEAQ (SI)(R10*1), BX
	ANDL $4095, BX
	CMPL BX, $(4096-8)
	JLE  integerOf
	JMP  stop

union:
	CMPQ    R10, R11
	JGE     stop
	MOVBLZX (SI)(R10*1), AX
	MOVBLZX avroStep_null(R8), CX
	XORL    CX, AX
	JEQ     null
	CMPL    AX, $2
	JNE     stop
	INCQ    R10
	JMP     next

null:
	MOVQ    R12, DX
	SHRQ    $3, DX
	CMPQ    DX, const_vecValid+8(DI)
	JGE     stop
	MOVBLZX avroStep_zero(R8), CX
	CMPL    CX, $const_zeroEnd
	JEQ     nullEnd
	CMPL    CX, $const_zeroInteger
	JEQ     nullInteger
	CMPL    CX, $const_zeroDouble
	JNE     stop
	CMPQ    R12, const_vecF64+8(DI)
	JGE     stop
	MOVQ    const_vecF64(DI), CX
	MOVQ    $0, (CX)(R12*8)
	JMP     nullBit

nullInteger:
	CMPQ R12, const_vecI64+8(DI)
	JGE  stop
	MOVQ const_vecI64(DI), CX
	MOVQ $0, (CX)(R12*8)
	JMP  nullBit

nullEnd:
	LEAQ 1(R12), CX
	CMPQ CX, const_vecOff+8(DI)
	JGE  stop
	MOVQ const_vecOff(DI), CX
	MOVL (CX)(R12*4), AX
	MOVL AX, 4(CX)(R12*4)

nullBit:
	MOVQ    const_vecValid(DI), CX
	MOVBLZX (CX)(DX*1), AX
	MOVL    R12, BX
	ANDL    $7, BX
	BTRL    BX, AX
	MOVB    AX, (CX)(DX*1)
	INCQ    R10
	MOVLQSX avroStep_skip(R8), AX
	SUBQ    AX, R9
	IMULQ   $avroStep__size, AX
	ADDQ    AX, R8
	JMP     next

boolean:
	CMPQ    R10, R11
	JGE     stop
	MOVBLZX (SI)(R10*1), AX
	CMPL    AX, $1
	JHI     stop
	MOVQ    R12, DX
	SHRQ    $3, DX
	CMPQ    DX, const_vecBits+8(DI)
	JGE     stop
	MOVQ    const_vecBits(DI), CX
	MOVBLZX (CX)(DX*1), BX
	MOVL    R12, R14
	ANDL    $7, R14
	BTRL    R14, BX
	SHLXL   R14, AX, AX
	ORL     AX, BX
	MOVB    BX, (CX)(DX*1)
	INCQ    R10
	JMP     next

double:
	LEAQ 8(R10), AX
	CMPQ AX, R11
	JGT  stop
	CMPQ R12, const_vecF64+8(DI)
	JGE  stop
	MOVQ (SI)(R10*1), BX
	MOVQ const_vecF64(DI), CX
	MOVQ BX, (CX)(R12*8)
	MOVQ AX, R10
	JMP  next
