module Functional.Tests.Main

open Expecto

/// Every test, in the order of the stages.
let tests =
    testList
        "Functional"
        [ ValueTests.tests
          NetworkTests.tests
          NetworkTextTests.tests
          NetworkTextErrorTests.tests
          InitializationTests.tests
          DataTests.tests
          CliTests.tests
          FSharpTests.tests
          ApiTests.tests
          StructureTests.tests ]

[<EntryPoint>]
let main argv = runTestsWithCLIArgs [] argv tests
