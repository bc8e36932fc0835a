/// What the tests of kernels share: guarded memory, and every kernel at every width and precision.
module KernelFixtures

#nowarn "9" // native pointers
#nowarn "51" // addresses of locals

open System
open System.Numerics
open System.Runtime.InteropServices
open Microsoft.FSharp.NativeInterop
open Functional
open Functional.Kernels
open Functional.Plans

module private Pages =
    [<DllImport("libc", SetLastError = true)>]
    extern nativeint mmap(nativeint address, unativeint length, int protection, int flags, int file, nativeint offset)

    [<DllImport("libc", SetLastError = true)>]
    extern int mprotect(nativeint address, unativeint length, int protection)

    [<DllImport("libc", SetLastError = true)>]
    extern int munmap(nativeint address, unativeint length)

    let private privateAnonymous = if OperatingSystem.IsMacOS() then 0x1002 else 0x22

    let reserve (bytes: int) =
        let start = mmap (0n, unativeint bytes, 3, privateAnonymous, -1, 0n)

        if start = -1n then
            failwith "mmap failed"

        start

    let forbid start (bytes: int) =
        if mprotect (start, unativeint bytes, 0) <> 0 then
            failwith "mprotect failed"

/// At which end of its memory a block lies.
type Edge =
    | Lower
    | Upper

/// Elements in memory of their own, with a page next to them that nobody may touch (not on Windows) and a pattern around them.
type Block<'T when 'T: unmanaged>(count: int, edge: Edge) =
    let page = Environment.SystemPageSize
    let size = sizeof<'T>
    let inner = (count * size + page) / page * page
    let guards = not (OperatingSystem.IsWindows())

    let start =
        if guards then
            let start = Pages.reserve (inner + 2 * page)
            Pages.forbid start page
            Pages.forbid (start + nativeint (page + inner)) page
            start
        else
            Marshal.AllocHGlobal(inner + 2 * page)

    let first = start + nativeint page

    let data =
        match edge with
        | Lower -> first
        | Upper -> first + nativeint (inner - count * size)

    let offset = int (data - first)

    do
        Span<byte>(first.ToPointer(), inner).Fill 0xA5uy
        Span<'T>(data.ToPointer(), count).Clear()

    new(values: 'T array, edge) as block =
        new Block<'T>(values.Length, edge)
        then values.AsSpan().CopyTo block.Span

    member _.Address = data
    member _.Span = Span<'T>(data.ToPointer(), count)
    member block.Values = block.Span.ToArray()

    /// Whether nothing was written around the elements.
    member _.IsIntact =
        let bytes = Span<byte>(first.ToPointer(), inner)

        bytes.Slice(0, offset).IndexOfAnyExcept 0xA5uy < 0
        && bytes.Slice(offset + count * size).IndexOfAnyExcept 0xA5uy < 0

    interface IDisposable with
        member _.Dispose() =
            if guards then
                Pages.munmap (start, unativeint (inner + 2 * page)) |> ignore
            else
                Marshal.FreeHGlobal start

/// The kernels of one width and precision.
[<NoComparison; NoEquality>]
type Kernels<'T when 'T: unmanaged and 'T :> IBinaryFloatingPointIeee754<'T>> =
    {
        Width: VectorWidth
        Lanes: int
        /// Compiles a program.
        Compile: ProgramCode -> nativeint
        ClearSubnormals: nativeint -> int -> unit
        Sum: ReductionKind -> nativeint -> unit
        Softmax: bool -> nativeint -> unit
        /// m, n, k, A's and B's column strides, whether an epilogue takes the product instead of C, and rows as one.
        Cut: int * int * int * int * int * bool * bool -> MatMulPlan
        /// m, n, k of a product whose factors lie along k, and as above.
        CutInner: int * int * int * bool * bool -> MatMulPlan
        /// The arguments, rows from and to with columns from and to, and the workspace.
        Multiply: nativeint -> int * int * int * int -> nativeint -> unit
        /// A and its row stride, m, B and its row stride, n, k, C and its row stride.
        Inner: nativeint * int * int * nativeint * int * int * int * nativeint * int -> unit
        Transpose: nativeint -> unit
        Mask: nativeint -> unit
        Join: nativeint -> unit
        Gather: nativeint -> unit
        ScatterSum: nativeint -> unit
    }

let private kernels<'TV, 'TW, 'T
    when 'TV: unmanaged
    and 'TV :> IVector<'TV, 'T>
    and 'TW: unmanaged
    and 'TW :> IWords<'TW>
    and 'T: unmanaged
    and 'T :> IBinaryFloatingPointIeee754<'T>>
    width
    lanes
    : Kernels<'T> =
    {
        Width = width
        Lanes = lanes
        Compile = fun code -> ProgramCompiler.Compile<'TV, 'T> code
        ClearSubnormals =
            fun values count -> SubnormalKernel.Clear<'TV, 'T>(NativePtr.ofNativeInt<'T> values, int64 (count: int))
        Sum =
            fun kind arguments ->
                let arguments = NativePtr.toVoidPtr (NativePtr.ofNativeInt<ReductionArguments> arguments)

                match kind with
                | ReductionKind.All -> ReductionKernels.SumAll<'TV, 'T> arguments
                | ReductionKind.Columns -> ReductionKernels.SumOverRows<'TV, 'T> arguments
                | _ -> ReductionKernels.SumAlongRows<'TV, 'T> arguments
        Softmax =
            fun logarithm arguments ->
                let arguments = NativePtr.toVoidPtr (NativePtr.ofNativeInt<SoftmaxArguments> arguments)

                if logarithm then
                    SoftmaxKernel.LogSoftmax<'TV, 'T> arguments
                else
                    SoftmaxKernel.Softmax<'TV, 'T> arguments
        Cut =
            fun (m, n, k, aColumn, bColumn, toEpilogue, isFlat) ->
                MatMulPlan.Choose<'TV, 'T>(
                    m,
                    n,
                    k,
                    nativeint aColumn,
                    nativeint bColumn,
                    not toEpilogue,
                    (if toEpilogue then 2 else 1),
                    isFlat
                )
        CutInner = fun (m, n, k, toEpilogue, isFlat) -> MatMulPlan.Inner<'TV, 'T>(m, n, k, not toEpilogue, isFlat)
        Multiply =
            fun arguments (row, rowEnd, column, columnEnd) workspace ->
                let mutable part = MatMulPart()
                part.Product <- NativePtr.ofNativeInt<MatMulArguments> arguments
                part.RowBegin <- row
                part.RowEnd <- rowEnd
                part.ColumnBegin <- column
                part.ColumnEnd <- columnEnd
                part.Workspace <- NativePtr.toVoidPtr (NativePtr.ofNativeInt<byte> workspace)
                MatMulPart.Bind<'TV, 'T>(&&part)
                MatMulPart.Run<'TV, 'T>(NativePtr.toVoidPtr &&part)
        Inner =
            fun (a, aRow, m, b, bRow, n, k, c, cRow) ->
                InnerProduct.Run<'TV, 'T>(
                    NativePtr.ofNativeInt<'T> a,
                    nativeint aRow,
                    m,
                    NativePtr.ofNativeInt<'T> b,
                    nativeint bRow,
                    n,
                    k,
                    NativePtr.ofNativeInt<'T> c,
                    nativeint cRow
                )
        Transpose = fun arguments -> TransposeArguments.Run<'TV, 'T>(arguments.ToPointer())
        Mask = fun arguments -> MaskKernel.Run<'TW, 'T>(arguments.ToPointer())
        Join = fun arguments -> RowKernels.Join<'TV, 'T>(arguments.ToPointer())
        Gather = fun arguments -> RowKernels.Gather<'TV, 'T>(arguments.ToPointer())
        ScatterSum = fun arguments -> RowKernels.ScatterSum<'TV, 'T>(arguments.ToPointer())
    }

let singles =
    [
        kernels<V512<float32>, W512, float32> VectorWidth.Bits512 16
        kernels<V256<float32>, W256, float32> VectorWidth.Bits256 8
        kernels<V128<float32>, W128, float32> VectorWidth.Bits128 4
    ]

let doubles =
    [
        kernels<V512<float>, W512, float> VectorWidth.Bits512 8
        kernels<V256<float>, W256, float> VectorWidth.Bits256 4
        kernels<V128<float>, W128, float> VectorWidth.Bits128 2
    ]

let program (operands: int) (statements: ProgramStatement list) =
    ProgramCode(ValueList.ToValueList statements, operands)

let store operand value =
    ProgramStatement.Store(operand, value) :> ProgramStatement

let define local value =
    ProgramStatement.Let(local, value) :> ProgramStatement

let full operand =
    ProgramExpression.Full operand :> ProgramExpression

let single operand =
    ProgramExpression.Single operand :> ProgramExpression

let local index =
    ProgramExpression.Local index :> ProgramExpression

let product = ProgramExpression.Product() :> ProgramExpression

let unary f x =
    ProgramExpression.Unary(f, x) :> ProgramExpression

/// x·y + z as kernels round it: once where the machine has an instruction for it, otherwise after the product and after the sum.
let multiplyAdd<'T when 'T :> IBinaryFloatingPointIeee754<'T>> (x: 'T) (y: 'T) (z: 'T) : 'T =
    if Runtime.Intrinsics.X86.Fma.IsSupported || Runtime.Intrinsics.Arm.AdvSimd.IsSupported then
        'T.FusedMultiplyAdd(x, y, z)
    else
        let product: 'T = x * y
        product + z

let binary f x y =
    ProgramExpression.Binary(f, x, y) :> ProgramExpression

/// Operands as addresses and row strides; the result is valid while this runs.
let bind (operands: (nativeint * int) list) =
    let mutable arguments = ProgramArguments()
    let mutable i = 0

    for address, stride in operands do
        arguments.Bind(i, address.ToPointer(), int64 stride)
        i <- i + 1

    arguments

/// Runs a program over rows and columns.
let elementwise (kernels: Kernels<'T>) code operands (rows: int) (columns: int) =
    let mutable arguments = bind operands
    let mutable run = ElementwiseArguments()
    run.Kernel <- kernels.Compile code
    run.Program <- &&arguments
    run.Rows <- nativeint rows
    run.Columns <- nativeint columns
    ElementwiseKernel.Run<'T>(NativePtr.toVoidPtr &&run)

/// A program of one statement on arrays of one length, in ordinary memory.
let apply (kernels: Kernels<'T>) expression (inputs: 'T array list) =
    let count = inputs.Head.Length
    let result = Array.zeroCreate<'T> count
    let pins = inputs @ [ result ] |> List.map (fun a -> GCHandle.Alloc(a, GCHandleType.Pinned))

    try
        let operands = pins |> List.map (fun pin -> pin.AddrOfPinnedObject(), count)
        elementwise kernels (program operands.Length [ store inputs.Length expression ]) operands 1 count
    finally
        for pin in pins do
            pin.Free()

    result

/// The values' bits, widened, any NaN as the same one.
let bits<'T when 'T: unmanaged and 'T :> IBinaryFloatingPointIeee754<'T>> (values: 'T array) =
    values |> Array.map (fun v -> BitConverter.DoubleToInt64Bits(if 'T.IsNaN v then nan else Double.CreateTruncating v))

/// A sum in the order of `ChainedSums`, term t by `join`: t joins chain t mod 16 from +0, and chains are added by halves.
let chained<'T when 'T: unmanaged and 'T :> IBinaryFloatingPointIeee754<'T>> count (join: 'T -> int -> 'T) =
    let chains = Array.create 16 'T.Zero

    for t in 0 .. count - 1 do
        chains[t % 16] <- join chains[t % 16] t

    for half in [ 8; 4; 2; 1 ] do
        for c in 0 .. half - 1 do
            chains[c] <- chains[c] + chains[c + half]

    chains[0]

/// Numbers of many magnitudes, so that every order of adding them gives other bits.
let scattered<'T when 'T: unmanaged and 'T :> IBinaryFloatingPointIeee754<'T>> (random: Random) count =
    Array.init count (fun _ ->
        'T.CreateTruncating((2.0 * random.NextDouble() - 1.0) * Math.ScaleB(1.0, random.Next(-6, 7))))

/// Small whole numbers, whose sums and products are exact.
let wholes<'T when 'T: unmanaged and 'T :> IBinaryFloatingPointIeee754<'T>> (random: Random) count =
    Array.init count (fun _ -> 'T.CreateTruncating(random.Next(-9, 10)))

/// A matrix by its rows, `stride` apart, NaN between them and nothing after the last.
let strided<'T when 'T: unmanaged and 'T :> IBinaryFloatingPointIeee754<'T>>
    rows
    columns
    stride
    (value: int -> int -> 'T)
    =
    Array.init ((rows - 1) * stride + columns) (fun i ->
        if i % stride < columns then value (i / stride) (i % stride) else 'T.NaN)
