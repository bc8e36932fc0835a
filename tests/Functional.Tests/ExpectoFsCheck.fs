// Properties as tests: the API of Expecto.FsCheck 11 on FsCheck 3.
namespace Expecto

open System
open FsCheck

[<AutoOpen>]
module ExpectoFsCheck =
    /// One argument per line; control characters, which a terminal or a log would act on, by their code.
    let private values (arguments: obj list) =
        let visible c =
            if Char.IsControl c && c <> '\n' then $"\\u%04x{int c}" else string c

        arguments |> List.map (sprintf "%A" >> String.collect visible) |> String.concat "\n"

    let private indent (text: string) = "\n    " + text.Replace("\n", "\n    ")

    /// Everything needed to understand one failure and to have it again.
    let private describe replayer name (data: TestData) original shrunk problem (seed: Rnd) size =
        let replay = $"({seed.Seed}UL, {seed.Gamma}UL, Some {size})"

        [
            $"Failed after {data.NumberOfTests} tests. Arguments:{indent (values original)}"
            if data.NumberOfShrinks > 0 then
                $"Shrunk {data.NumberOfShrinks} times to:{indent (values shrunk)}"
            $"Problem:{indent problem}"
            for label in data.Labels do
                $"Label: {label}"
            "To have it again, put the first line in its config, or replace its builder by the second:"
            $"    replay = Some {replay}"
            $"    {replayer} {replay} \"{name}\""
        ]
        |> String.concat "\n"

    let private judge replayer name result =
        match result with
        | TestResult.Passed _ -> ()
        | TestResult.Exhausted data ->
            raise (FailedException $"Too many inputs were rejected; only {data.NumberOfTests} could be tried.")
        | TestResult.Failed(_, _, _, Outcome.Failed(:? IgnoreException as ignored), _, _, _) -> raise ignored
        | TestResult.Failed(data, original, shrunk, outcome, _, seed, size) ->
            let problem =
                match outcome with
                | Outcome.Failed(:? ExpectoException as e) -> e.Message + StackFrames.inTests e
                | Outcome.Failed e -> $"{e.GetType().FullName}: {e.Message}{StackFrames.inTests e}"
                | other -> string other

            raise (FailedException(describe replayer name data original shrunk problem seed size))

    let private runner replayer (config: FsCheckConfig) name =
        { new IRunner with
            member _.OnStartFixture _ = ()

            member _.OnArguments(number, arguments, _) =
                config.receivedArgs config name number arguments |> Async.RunSynchronously

            member _.OnShrink(arguments, _) =
                config.successfulShrink config name arguments |> Async.RunSynchronously

            member _.OnFinished(_, result) =
                let data =
                    match result with
                    | TestResult.Passed(data, _)
                    | TestResult.Exhausted data
                    | TestResult.Failed(data, _, _, _, _, _, _) -> data

                config.finishedTest
                    config
                    name
                    {
                        NumberOfTests = data.NumberOfTests
                        NumberOfShrinks = data.NumberOfShrinks
                        Stamps = data.Stamps
                        Labels = data.Labels
                    }
                |> Async.RunSynchronously

                judge replayer name result
        }

    let private property replayer state config name testable =
        let check (config: FsCheckConfig) =
            let replay =
                config.replay |> Option.map (fun (seed, gamma, size) -> { Rnd = Rnd(seed, gamma); Size = size })

            let settings =
                Config.Default
                    .WithName(name)
                    .WithMaxTest(config.maxTest)
                    .WithMaxRejected(config.maxRejected)
                    .WithStartSize(config.startSize)
                    .WithEndSize(config.endSize)
                    .WithReplay(replay)
                    .WithArbitrary(config.arbitrary)
                    .WithQuietOnSuccess(config.quietOnSuccess)
                    .WithRunner(runner replayer config name)

            async { Check.One(settings, testable) }

        TestLabel(name, TestCase(AsyncFsCheck(config, config, check), state), state)

    let private withConfig state config name testable =
        property "etestPropertyWithConfig" state (Some config) name testable

    /// Holds for all inputs tried: as many as `--fscheck-max-tests` says.
    let testProperty name property' =
        property "etestProperty" Normal None name property'

    let ftestProperty name property' =
        property "etestProperty" Focused None name property'

    let ptestProperty name property' =
        property "etestProperty" Pending None name property'

    let testPropertyWithConfig config name property' = withConfig Normal config name property'

    let ftestPropertyWithConfig config name property' =
        withConfig Focused config name property'

    let ptestPropertyWithConfig config name property' =
        withConfig Pending config name property'

    /// Focused, from the seed that a failure printed.
    let etestPropertyWithConfig replay (config: FsCheckConfig) name property' =
        withConfig Focused { config with replay = Some replay } name property'

    let etestProperty replay name property' =
        property
            "etestProperty"
            Focused
            (Some
                { FsCheckConfig.defaultConfig with
                    replay = Some replay
                })
            name
            property'

    let testPropertyWithConfigStdGen replay (config: FsCheckConfig) name property' =
        withConfig Normal { config with replay = Some replay } name property'
