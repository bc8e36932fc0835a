/// What the tests of the façade share.
module FSharpFixtures

open Expecto

/// Each value of the façade beside the one that the C# API gives.
let equals name (pairs: (string * 'value * 'value) list) =
    testCase name (fun () ->
        for what, facade, core in pairs do
            Expect.equal facade core what)
