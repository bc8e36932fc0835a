module ArenaTests

#nowarn "9" // native pointers

open System
open System.Runtime.CompilerServices
open Expecto
open Functional
open Functional.Buffers
open Microsoft.FSharp.NativeInterop

/// A size class that no plan in these tests has.
let private oddSize = 41L <<< 20

let private bytes (arena: Arena) length =
    Span<byte>(NativePtr.toVoidPtr arena.Start, length)

let private address (arena: Arena) = NativePtr.toNativeInt arena.Start

let private otherOddSize = oddSize + (3L <<< 20)

[<MethodImpl(MethodImplOptions.NoInlining)>]
let private addressOfForgotten () = address (new Arena(otherOddSize))

let tests =
    testList
        "Arena"
        [
            testPropertyWithConfig
                { FsCheckConfig.defaultConfig with
                    maxTest = 50
                }
                "is zeroed, aligned to 64 bytes and as large as asked for, also when reused"
                (fun (size: int) ->
                    let size = abs (size % 1000) * 997 + 1

                    for _ in 1..3 do
                        use arena = new Arena(int64 size)
                        Expect.equal (address arena % 64n) 0n "the alignment"
                        Expect.equal ((bytes arena size).IndexOfAnyExcept 0uy) -1 "all zero"
                        (bytes arena size).Fill 255uy)

            testSequenced (
                testList
                    "memory"
                    [
                        testCase "is used again by the next arena of its size" (fun () ->
                            let first = new Arena(oddSize)
                            let place = address first
                            first.Dispose()
                            use second = new Arena(oddSize - 5L)
                            Expect.equal (address second) place "the same memory")

                        testCase "disposed of twice is given back once" (fun () ->
                            let first = new Arena(oddSize)
                            first.Dispose()
                            first.Dispose()
                            use second = new Arena(oddSize)
                            use third = new Arena(oddSize)
                            Expect.notEqual (address second) (address third) "two arenas, two places")

                        testCase "of an arena that was forgotten is used again" (fun () ->
                            let place = addressOfForgotten ()
                            GC.Collect()
                            GC.WaitForPendingFinalizers()
                            use next = new Arena(otherOddSize)
                            Expect.equal (address next) place "the same memory")
                    ]
            )

            testCase "disposed of says so" (fun () ->
                let arena = new Arena(100L)
                Expect.isFalse arena.IsDisposed "before"
                arena.Dispose()
                Expect.isTrue arena.IsDisposed "after"
                Expect.throwsT<ObjectDisposedException> (fun () -> address arena |> ignore) "its start")

            testCase "larger than the machine is a typed error that says how large" (fun () ->
                Expect.throwsC (fun () -> (new Arena(1L <<< 60)).Dispose()) (fun e ->
                    Expect.equal (e.GetType()) typeof<FunctionalException> "the type"
                    Expect.stringContains e.Message "1,152,921,504,607 MB" "the message"))
        ]
