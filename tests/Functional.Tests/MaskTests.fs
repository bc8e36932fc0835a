module MaskTests

#nowarn "9" // native pointers
#nowarn "51" // addresses of locals

open System
open System.Numerics
open Expecto
open FsCheck
open Functional
open Functional.Kernels
open Microsoft.FSharp.NativeInterop
open KernelFixtures

/// Elements of a mask, in guarded memory.
let private draw (kernels: Kernels<'T>) (key: RandomKey) layer rate (first: int64) count edge =
    use result = new Block<'T>(Array.create count 'T.NaN, edge)
    let mutable key = key
    let mutable arguments = MaskArguments()
    arguments.Key <- &&key
    arguments.Layer <- layer
    arguments.Rate <- rate
    arguments.First <- first
    arguments.Count <- nativeint count
    arguments.Result <- result.Address.ToPointer()
    kernels.Mask(NativePtr.toNativeInt &&arguments)
    Expect.isTrue result.IsIntact $"memory around the mask was written, {count} elements, {kernels.Width}"
    result.Values

/// The same by the definition.
let private defined<'T when 'T: unmanaged and 'T :> IBinaryFloatingPointIeee754<'T>>
    (key: RandomKey)
    layer
    rate
    (first: int64)
    count
    =
    Array.init count (fun i ->
        if key.IsDropped(layer, first + int64 i, rate) then
            'T.Zero
        else
            'T.CreateTruncating(1.0 / (1.0 - rate)))

let private rates = [ 1e-300; 1e-9; 0.1; 0.5; 0.9; 1.0 - 1e-9; Math.BitDecrement 1.0 ]

let private equalsDefinition (all: Kernels<'T> list) key layer first count =
    for rate in rates do
        let expected = defined<'T> key layer rate first count

        for kernels in all do
            for edge in [ Lower; Upper ] do
                Expect.equal
                    (bits (draw kernels key layer rate first count edge))
                    (bits expected)
                    $"elements {first} … of {count}, rate {rate:R}, {kernels.Width}, {typeof<'T>}"

let private anyKey (random: Random) =
    RandomKey(uint64 (random.NextInt64()) * 2UL + uint64 (random.Next 2), uint64 (random.NextInt64(1L <<< 48)))

let private kernels =
    testList
        "of a kernel"
        [
            ToleranceTable.lawOf
                []
                40
                "are those of the definition, bit for bit"
                (fun (seed: int) (PositiveInt count) ->
                    let random = Random seed
                    let key, layer = anyKey random, random.Next RandomKey.MostLayers
                    let first = 4L * random.NextInt64(1L <<< (1 + random.Next 38))
                    equalsDefinition singles key layer first count
                    equalsDefinition doubles key layer first count)

            testCase
                "are those of the definition at every length and where a block's number outgrows 32 bits"
                (fun () ->
                    for count in 0..70 do
                        for first in [ 0L; 4L * ((1L <<< 32) - 5L) ] do
                            equalsDefinition singles (RandomKey(3UL, 7UL)) 2 first count
                            equalsDefinition doubles (RandomKey(3UL, 7UL)) 2 first count)
        ]

let private mask key layer rate count =
    draw singles.Head key layer rate 0L count Lower

let private statistics =
    testList
        "drop"
        [
            ToleranceTable.lawOf [] 40 "the share that they should, within binomial bounds" (fun (seed: int) ->
                let random = Random seed
                let key, layer, count = anyKey random, random.Next 100, 20_000

                for rate in [ 0.01; 0.1; 0.25; 0.5; 0.8; 0.99 ] do
                    let dropped = mask key layer rate count |> Array.filter ((=) 0.0f) |> Array.length |> float
                    let expected, deviation = float count * rate, sqrt (float count * rate * (1.0 - rate))
                    // Beyond six deviations once in 10⁹.
                    Expect.isLessThan (abs (dropped - expected)) (6.0 * deviation) $"{dropped} dropped at rate {rate}")

            testCase "nothing at a rate near 0 and all at a rate near 1" (fun () ->
                let key = RandomKey(1UL, 1UL)
                Expect.allEqual (mask key 0 1e-12 10_000) 1.0f "all kept as they are"
                Expect.allEqual (mask key 0 (Math.BitDecrement 1.0) 10_000) 0.0f "all dropped")

            ToleranceTable.lawOf
                []
                40
                "other elements in another layer, step and training, and with independence"
                (fun seed ->
                    let random = Random(seed: int)
                    let key, layer, count = anyKey random, random.Next 100, 4_000

                    let others =
                        [
                            "layer", mask key (layer + 1) 0.5 count
                            "step", mask (RandomKey(key.Seed, key.Step + 1UL)) layer 0.5 count
                            "seed", mask (RandomKey(key.Seed + 1UL, key.Step)) layer 0.5 count
                            "seed's upper half", mask (RandomKey(key.Seed ^^^ (1UL <<< 40), key.Step)) layer 0.5 count
                            "seed's and step's place", mask (RandomKey(key.Step, key.Seed >>> 16)) layer 0.5 count
                        ]

                    let own = mask key layer 0.5 count
                    Expect.equal (mask key layer 0.5 count) own "the same again"

                    for what, other in others do
                        let same = Array.map2 (=) own other |> Array.filter id |> Array.length |> float
                        let deviation = sqrt (float count / 4.0)

                        Expect.isLessThan
                            (abs (same - float count / 2.0))
                            (6.0 * deviation)
                            $"{same} alike, another {what}")
        ]

let tests = testList "Masks" [ kernels; statistics ]
